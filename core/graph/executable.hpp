#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/graph/graph.hpp"

namespace gb {

/// Memory for a group of values one after another, each 64-byte aligned and zero-padded: parameters, their gradients,
/// an optimizer's moments. One loop can then run over all of them.
class Storage {
 public:
  Storage(const Graph& graph, const std::vector<ValueId>& values, std::size_t element_bytes = sizeof(float));

  void* data(ValueId id) const;
  std::size_t offset(ValueId id) const { return offsets_.at(id); }  ///< in elements
  std::size_t size() const { return size_; }                        ///< in elements, padding included
  template <class T>
  std::span<T> all() const {
    return {static_cast<T*>(memory_.get()), size_};
  }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::map<ValueId, std::size_t> offsets_;
  std::size_t size_ = 0;
  std::size_t element_bytes_;
  std::unique_ptr<void, Free> memory_;
};

/// A graph bound to a device and a batch size: kernels made, memory planned in one arena in which values share room
/// when their lives do not overlap. run() allocates nothing.
class Executable {
 public:
  /// Runs what `outputs` need. `external` binds values (parameters, gradients) to memory that outlives this.
  Executable(const Graph& given_graph, Device& device, std::int64_t batch_size, const std::vector<ValueId>& outputs,
             const std::map<ValueId, void*>& external);
  ~Executable();
  Executable(Executable&&) noexcept;

  /// How large the arena of such an executable is; nothing is made.
  static std::size_t planned_bytes(const Graph& graph, const Device& device, std::int64_t batch_size,
                                   const std::vector<ValueId>& outputs, const std::map<ValueId, void*>& external);

  void run();
  /// A stretch of it: nodes `first` to `end`, excluded. What is computed stays in its place, so that a computation can
  /// go on in stages, each from where the one before it ended, with parameters moved in between.
  void run(std::size_t first, std::size_t end);
  /// One past the last node that makes one of these values: where a stage ends.
  std::size_t end_of(const std::vector<ValueId>& made) const;
  std::size_t end() const { return nodes_.size(); }
  /// The same, calling `after` when a node has run: its outputs can be read then, before others take their room.
  void run(const std::function<void(const Node&)>& after);

  std::int64_t batch_size() const { return batch_size_; }
  /// Memory of an input (to write before run()) or an output (to read after it).
  template <class T>
  std::span<T> value(ValueId id) const {
    const Operand& operand = operands_.at(id);
    return {operand.as<T>(), static_cast<std::size_t>(operand.size())};
  }
  bool has(ValueId id) const { return operands_.contains(id); }
  std::size_t arena_bytes() const { return arena_bytes_; }

 private:
  std::int64_t batch_size_;
  std::map<ValueId, Operand> operands_;
  std::vector<Node> nodes_;
  std::vector<std::unique_ptr<Kernel>> kernels_;
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> arena_;
  std::size_t arena_bytes_ = 0;
};

}  // namespace gb
