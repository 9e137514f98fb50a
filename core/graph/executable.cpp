#include "core/graph/executable.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <set>

#include "core/graph/operators.hpp"
#include "core/graph/passes.hpp"

namespace gb {
namespace {

constexpr std::size_t alignment = 64;

std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

void* allocate(std::size_t bytes) {
  void* memory = std::aligned_alloc(alignment, std::max(aligned(bytes), alignment));
  if (!memory) throw std::bad_alloc();
  std::memset(memory, 0, std::max(aligned(bytes), alignment));
  return memory;
}

/// A piece of the arena and the nodes during which it is in use.
struct Block {
  ValueId id;
  std::size_t bytes;
  std::size_t first, last;
  std::size_t offset = 0;
};

/// Places the largest first, each at the lowest offset that no block alive at the same time occupies.
std::size_t plan(std::vector<Block>& blocks) {
  std::vector<Block*> order;
  for (auto& block : blocks) order.push_back(&block);
  std::stable_sort(order.begin(), order.end(), [](const Block* a, const Block* b) { return a->bytes > b->bytes; });
  std::vector<Block*> placed;  // by offset
  std::size_t total = 0;
  for (Block* block : order) {
    std::size_t offset = 0;
    for (const Block* other : placed) {
      if (other->last < block->first || block->last < other->first) continue;
      if (offset + block->bytes <= other->offset) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    block->offset = offset;
    total = std::max(total, offset + block->bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), block,
                                   [](const Block* a, const Block* b) { return a->offset < b->offset; }),
                  block);
  }
  return total;
}

/// What an executable will be made of: nodes in order, and where in an arena each of their values lies.
struct Layout {
  Layout(const Graph& given_graph, const Device& device, std::int64_t batch_size, const std::vector<ValueId>& outputs,
         const std::map<ValueId, void*>& external);

  std::vector<Node> nodes;
  std::map<ValueId, Operand> operands;
  std::vector<Block> blocks;
  std::map<ValueId, ValueId> host;  ///< values that lie where another one does
  std::size_t arena_bytes = 0;
};

Layout::Layout(const Graph& given_graph, const Device& device, std::int64_t batch_size,
               const std::vector<ValueId>& outputs, const std::map<ValueId, void*>& external) {
  Graph graph = given_graph;
  if (device.channels_last()) put_channels_last(graph, outputs);
  nodes = needed_nodes(graph, outputs);
  const std::size_t end = nodes.size();

  std::map<ValueId, Block> lives;
  const auto touch = [&](ValueId id, std::size_t when) {
    Operand& operand = operands[id];
    if (operand.shape.empty()) {
      operand.shape = graph.value(id).shape;
      operand.channels_last = graph.value(id).channels_last;
      operand.fixed = graph.value(id).fixed;
      for (auto& extent : operand.shape)
        if (extent == any_batch) extent = batch_size;
    }
    if (const auto given = external.find(id); given != external.end()) {
      operand.data = given->second;
      return;
    }
    const Value& value = graph.value(id);
    if (value.kind == Value::Kind::parameter || value.kind == Value::Kind::state)
      throw GraphError("Parameter " + value.name + " is not bound to memory");
    const bool integers = value.kind == Value::Kind::labels || value.kind == Value::Kind::key;
    const std::size_t element = integers ? sizeof(std::int32_t) : device.element_bytes();
    const auto bytes = aligned(static_cast<std::size_t>(operand.size()) * element);
    auto [life, first] = lives.emplace(id, Block{id, bytes, when, when});
    life->second.last = std::max(life->second.last, when);
    // What is written from outside lives from the start.
    if (first && value.kind != Value::Kind::computed) life->second.first = 0;
  };
  for (std::size_t i = 0; i < end; ++i) {
    for (const ValueId id : nodes[i].inputs) touch(id, i);
    for (const ValueId id : nodes[i].outputs) touch(id, i);
  }
  for (const ValueId id : outputs) touch(id, end);

  // Where an input dies as an output of its size is born, both share their place.
  for (std::size_t i = 0; i < end; ++i) {
    if (!may_overwrite(nodes[i].op)) continue;
    const ValueId out = nodes[i].outputs[0];
    const auto from = host.contains(nodes[i].inputs[0]) ? host[nodes[i].inputs[0]] : nodes[i].inputs[0];
    const auto dying = lives.find(from);
    const auto born = lives.find(out);
    if (dying == lives.end() || born == lives.end() || dying->second.last != i || born->second.first != i ||
        dying->second.bytes != born->second.bytes || graph.value(from).kind != Value::Kind::computed)
      continue;
    dying->second.last = born->second.last;
    lives.erase(born);
    host[out] = from;
  }

  for (const auto& [id, block] : lives) blocks.push_back(block);
  arena_bytes = plan(blocks);
}

}  // namespace

void Storage::Free::operator()(void* memory) const {
  std::free(memory);
}
void Executable::Free::operator()(void* memory) const {
  std::free(memory);
}

Storage::Storage(const Graph& graph, const std::vector<ValueId>& values, std::size_t element_bytes)
    : element_bytes_(element_bytes) {
  for (const ValueId id : values) {
    offsets_[id] = size_;
    size_ += aligned(static_cast<std::size_t>(volume(graph.value(id).shape)) * element_bytes) / element_bytes;
  }
  memory_.reset(allocate(size_ * element_bytes));
}

void* Storage::data(ValueId id) const {
  return static_cast<char*>(memory_.get()) + offsets_.at(id) * element_bytes_;
}

Executable::~Executable() = default;
Executable::Executable(Executable&&) noexcept = default;

Executable::Executable(const Graph& graph, Device& device, std::int64_t batch_size, const std::vector<ValueId>& outputs,
                       const std::map<ValueId, void*>& external)
    : batch_size_(batch_size) {
  Layout layout(graph, device, batch_size, outputs, external);
  operands_ = std::move(layout.operands);
  nodes_ = std::move(layout.nodes);
  arena_bytes_ = layout.arena_bytes;
  arena_.reset(allocate(arena_bytes_));
  for (const Block& block : layout.blocks) operands_[block.id].data = static_cast<char*>(arena_.get()) + block.offset;
  for (const auto& [guest, owner] : layout.host) operands_[guest].data = operands_[owner].data;

  for (const Node& node : nodes_) {
    Operation operation{node.op, node.attributes, {}, {}};
    for (const ValueId id : node.inputs) operation.inputs.push_back(operands_[id]);
    for (const ValueId id : node.outputs) operation.outputs.push_back(operands_[id]);
    kernels_.push_back(device.kernel(operation));
  }
}

std::size_t Executable::planned_bytes(const Graph& graph, const Device& device, std::int64_t batch_size,
                                      const std::vector<ValueId>& outputs, const std::map<ValueId, void*>& external) {
  return Layout(graph, device, batch_size, outputs, external).arena_bytes;
}

void Executable::run() {
  run(0, kernels_.size());
}

void Executable::run(std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) kernels_[i]->run();
}

std::size_t Executable::end_of(const std::vector<ValueId>& made) const {
  std::size_t end = nodes_.size();
  const auto makes = [&](const Node& node) {
    return std::any_of(node.outputs.begin(), node.outputs.end(),
                       [&](ValueId id) { return std::find(made.begin(), made.end(), id) != made.end(); });
  };
  while (end > 0 && !makes(nodes_[end - 1])) --end;
  return end;
}

void Executable::run(const std::function<void(const Node&)>& after) {
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    kernels_[i]->run();
    after(nodes_[i]);
  }
}

}  // namespace gb
