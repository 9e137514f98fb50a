#include "core/layers/layer_list.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "core/graph/passes.hpp"
#include "core/layers/layer_builder.hpp"

namespace gb {
namespace {

constexpr const char* network_input = "input";
/// A layer that makes more than this per example is a mistake: 8 GB of numbers.
constexpr double most_numbers = 2147483648.0;

/// "MaxPooling2D" -> "max_pooling2d", as Keras names them.
std::string snake_case(const std::string& type) {
  std::string text;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const auto letter = static_cast<unsigned char>(type[i]);
    const bool word =
        std::isupper(letter) && i + 1 < type.size() && std::islower(static_cast<unsigned char>(type[i + 1]));
    if (word && i > 0) text += '_';
    text += static_cast<char>(std::tolower(letter));
  }
  return text;
}

/// Letters alone, small: "LeakyReLU" and "leaky_relu" are the same.
std::string letters(const std::string& text) {
  std::string result;
  for (const char letter : text)
    if (std::isalnum(static_cast<unsigned char>(letter)))
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return result;
}

std::string type_of(const Json& entry) {
  if (entry.is_string()) return entry.get<std::string>();
  if (!entry.is_object() || !entry.contains("type") || !entry["type"].is_string()) return {};
  return entry["type"].get<std::string>();
}

std::string text_field(const Json& entry, const char* field) {
  if (!entry.is_object() || !entry.contains(field) || !entry[field].is_string()) return {};
  return entry[field].get<std::string>();
}

void gather_names(const Json& list, std::set<std::string>& names) {
  if (!list.is_array()) return;
  for (const Json& entry : list) {
    if (const std::string name = text_field(entry, "name"); !name.empty()) names.insert(name);
    if (entry.is_object() && entry.contains("layers")) gather_names(entry["layers"], names);
  }
}

/// A bare number where a list of numbers is meant: "kernel_size": 3.
Json listed(Json fields, std::span<const ParamSpec> specs) {
  for (auto& item : fields.items()) {
    const ParamSpec* spec = find_spec(specs, item.key());
    if (spec && spec->kind == Kind::integers && item.value().is_number()) item.value() = Json::array({item.value()});
  }
  return fields;
}

std::string known_types() {
  std::string text = "one of: ";
  for (const auto& info : layer_types()) text += (text.ends_with(": ") ? "" : ", ") + info.type;
  return text;
}

LayerPlace place_in(const std::string& list_path, const std::string& owner, std::size_t index, const Json& entry) {
  const std::string type = type_of(entry);
  std::string words = owner.empty() ? "" : owner + ", ";
  words += "layer " + std::to_string(index + 1) + (type.empty() ? "" : " (" + type + ")");
  return {list_path + "[" + std::to_string(index) + "]", words};
}

/// The type and the fields of an entry, bare numbers listed. Throws ParamError.
std::pair<const LayerInfo*, Json> read_entry(const Json& entry, const LayerPlace& place) {
  const std::string type = type_of(entry);
  if (type.empty())
    throw ParamError(place.words + " must be the name of a layer type, or an object with a \"type\"", place.path,
                     known_types());
  const LayerInfo* info = find_layer_type(type);
  if (!info) {
    std::string message = place.words + ": there is no layer of the type '" + type + "'";
    std::vector<std::string> known;
    for (const auto& other : layer_types()) known.push_back(other.type);
    std::string near = nearest_name(type, known);
    for (const auto& other : known)
      if (letters(other) == letters(type)) near = other;
    const auto activations = activation_choices();
    const auto activation = std::find_if(activations.begin(), activations.end(),
                                         [&](const Choice& choice) { return letters(choice.name) == letters(type); });
    if (activation != activations.end())
      message += R"(; write {"type": "Activation", "activation": ")" + activation->name + "\"}";
    else if (!near.empty())
      message += "; did you mean '" + near + "'?";
    throw ParamError(message, place.path + ".type", known_types());
  }
  Json fields = entry.is_object() ? entry : Json::object();
  fields.erase("type");
  fields = listed(std::move(fields), info->fields);
  validated(info->fields, fields, place.path);
  return {info, std::move(fields)};
}

/// What one node sums up per example.
std::int64_t multiply_adds_of(const Graph& graph, const Node& node) {
  const auto per_example = [&](ValueId id) {
    const Shape& shape = graph.value(id).shape;
    return volume(Shape(shape.begin() + 1, shape.end()));
  };
  if (node.op == "Gemm") return volume(graph.value(node.inputs[1]).shape);
  if (node.op != "Conv" && node.op != "ConvTranspose") return 0;
  const Shape& weights = graph.value(node.inputs[1]).shape;
  const ValueId places = node.op == "Conv" ? node.outputs[0] : node.inputs[0];
  return per_example(places) * weights[1] * weights[2] * weights[3];
}

/// Builds a list into a graph, and writes down what every layer came to.
class Assembly : public NestedLists {
 public:
  Assembly(const Json& layers, const Shape& input, std::int64_t outputs, std::string path)
      : path_(std::move(path)), outputs_(outputs), list_(layers) {
    if (!layers.is_array()) throw ParamError(path_ + " must be a list of layers", path_, "a list of layers");
    Shape whole{any_batch};
    whole.insert(whole.end(), input.begin(), input.end());
    network_.input = network_.graph.input(input.size() == 3 ? "image" : "features", whole);
    names_[network_input] = network_.input;
    gather_names(layers, taken_);
  }

  /// Throws at the first layer that cannot be made; layers() tells which.
  void run() {
    settle_end();
    ValueId last = build_list(list_, path_, {}, 0, network_.input);
    show_dropped();
    network_.output = complete_ ? last : add_output(last);
    find_unread();
  }

  /// The same for a list that has to make `wanted` itself.
  void run_to(const Shape& wanted) {
    const ValueId last = build_list(list_, path_, {}, 0, network_.input);
    Shape whole{any_batch};
    whole.insert(whole.end(), wanted.begin(), wanted.end());
    const Shape& made = network_.graph.value(last).shape;
    if (made != whole)
      throw ParamError("The last layer makes " + described(made) + ", but " + described(whole) + " are wanted",
                       list_.empty() ? path_ : path_ + "[" + std::to_string(list_.size() - 1) + "]",
                       "layers that end in " + described(whole));
    network_.output = last;
    find_unread();
  }

  /// Checks the fields of the layers that were not reached.
  void check_rest() {
    const auto reached = static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [](const LayerSummary& row) { return row.depth == 0; }));
    check_list(list_, path_, {}, 0, reached);
    show_dropped();
  }

  Network& network() { return network_; }
  std::vector<LayerSummary>& rows() { return rows_; }

  ValueId build(const Json& list, const LayerPlace& owner, const std::string& field, ValueId from) override {
    ++depth_;
    const ValueId last = build_list(list, owner.path + "." + field, owner.words, depth_, from);
    --depth_;
    return last;
  }
  ValueId find(const std::string& name) const override {
    const auto found = names_.find(name);
    return found == names_.end() ? -1 : found->second;
  }
  std::int64_t next_site() override { return sites_++; }

 private:
  /// Decides what the last layers are: a softmax is dropped, a Dense of the right width is the output.
  void settle_end() {
    const auto drop_note = "left out: the network's outputs are scores, and the loss takes their softmax";
    if (!list_.empty() && type_of(list_.back()) == "Activation" &&
        text_field(list_.back(), "activation") == "softmax" && text_field(list_.back(), "input").empty()) {
      const auto place = place_in(path_, {}, list_.size() - 1, list_.back());
      read_entry(list_.back(), place);
      LayerSummary row;
      row.path = place.path.substr(path_.size());
      row.type = "Activation";
      row.name = text_field(list_.back(), "name");
      row.shape = {outputs_};
      row.note = drop_note;
      dropped_ = row;
      list_.erase(list_.size() - 1);
      if (!list_.empty()) check_width(list_.size() - 1);
    }
    if (list_.empty() || type_of(list_.back()) != "Dense" || !list_.back().is_object()) return;
    Json& last = list_.back();
    const std::string activation = last.contains("activation") ? text_field(last, "activation") : "linear";
    if (activation == "softmax") {
      check_width(list_.size() - 1);
      last["activation"] = "linear";
      last_note_ = "its softmax is " + std::string(drop_note);
    }
    complete_ = (activation == "softmax" || activation == "linear") && last.contains("units") &&
                last["units"].is_number() && last["units"] == outputs_;
  }

  /// A Dense that goes into a softmax must have a unit per class.
  void check_width(std::size_t index) const {
    const Json& last = list_[index];
    if (type_of(last) != "Dense") return;
    const LayerPlace place = place_in(path_, {}, index, last);
    const Json fields = read_entry(last, place).second;
    const ParamSpec* spec = find_spec(find_layer_type("Dense")->fields, "units");
    const Json units = fields.contains("units") ? fields["units"] : spec->default_value;
    if (units == outputs_) return;
    throw ParamError(place.words + ": a softmax over " + units.dump() +
                         " units ends the network, but it has to answer " + std::to_string(outputs_) +
                         (outputs_ == 1 ? " number" : " classes"),
                     place.path + ".units", std::to_string(outputs_));
  }

  void show_dropped() {
    if (dropped_) rows_.push_back(*dropped_);
    dropped_.reset();
    made_.resize(rows_.size(), -1);
  }

  ValueId build_list(const Json& list, const std::string& list_path, const std::string& owner, int depth,
                     ValueId from) {
    ValueId last = from;
    for (std::size_t i = 0; i < list.size(); ++i)
      last = build_layer(list[i], place_in(list_path, owner, i, list[i]), depth, last);
    return last;
  }

  ValueId build_layer(const Json& entry, const LayerPlace& place, int depth, ValueId previous) {
    const std::size_t row = new_row(entry, place, depth);
    const std::size_t first_node = network_.graph.nodes().size();
    const std::size_t first_value = network_.graph.values().size();
    try {
      const auto [info, fields] = read_entry(entry, place);
      const std::string name = name_for(entry, place);
      rows_[row].name = name;
      LayerBuilder builder(network_.graph, *this, place, name, previous);
      const ValueId made = info->build(builder, fields);
      measure(rows_[row], first_node, first_value, made, builder);
      names_[name] = made;
      made_[row] = made;
      return made;
    } catch (const ParamError& error) {
      if (!failed_) {
        rows_[row].error = error.what();
        rows_[row].field = error.field();
      }
      failed_ = true;
      throw;
    }
  }

  std::size_t new_row(const Json& entry, const LayerPlace& place, int depth) {
    LayerSummary row;
    row.path = place.path.substr(path_.size());
    row.depth = depth;
    row.type = type_of(entry);
    row.name = text_field(entry, "name");
    if (depth == 0 && !list_.empty() && &entry == &list_.back()) row.note = last_note_;
    rows_.push_back(std::move(row));
    made_.push_back(-1);
    return rows_.size() - 1;
  }

  std::string name_for(const Json& entry, const LayerPlace& place) {
    const std::string given = text_field(entry, "name");
    if (given.empty()) {
      const std::string stem = snake_case(type_of(entry));
      for (int& number = counts_[stem];;)
        if (const std::string name = stem + "_" + std::to_string(++number); !taken_.contains(name)) return name;
    }
    if (names_.contains(given))
      throw ParamError(place.words + ": the name '" + given + "' is taken " +
                           (given == network_input ? "by the network's input" : "by a layer before it"),
                       place.path + ".name", "a name of its own");
    return given;
  }

  void measure(LayerSummary& row, std::size_t first_node, std::size_t first_value, ValueId made,
               const LayerBuilder& builder) const {
    const Graph& graph = network_.graph;
    const auto count = [&](ValueId id) {
      const Shape& shape = graph.value(id).shape;
      double numbers = 1;
      for (const auto extent : shape) numbers *= extent == any_batch ? 1.0 : static_cast<double>(extent);
      if (numbers > most_numbers)
        builder.refuse("it makes " + described(shape) + " of every example, more than memory holds");
      return static_cast<std::int64_t>(numbers);
    };
    for (std::size_t id = first_value; id < graph.values().size(); ++id) {
      const Value& value = graph.values()[id];
      if (value.kind == Value::Kind::parameter) row.cost.parameters += count(static_cast<ValueId>(id));
      if (value.kind == Value::Kind::state) row.cost.states += count(static_cast<ValueId>(id));
    }
    for (std::size_t i = first_node; i < graph.nodes().size(); ++i) {
      const Node& node = graph.nodes()[i];
      for (const ValueId id : node.outputs)
        if (const Shape& shape = graph.value(id).shape; !shape.empty() && shape.front() == any_batch)
          row.cost.activation_bytes += 4 * count(id);
      row.cost.gradient_bytes += 4 * count(node.outputs.front());
      row.cost.multiply_adds += multiply_adds_of(graph, node);
    }
    const Shape& shape = graph.value(made).shape;
    row.shape.assign(shape.begin() + 1, shape.end());
  }

  /// The output layer that the list does not have.
  ValueId add_output(ValueId last) {
    const Json entry{{"type", "Dense"}, {"units", outputs_}};
    const auto added = [&](const Json& layer, const std::string& note) {
      last = build_layer(layer, {path_, "the added output layer (" + type_of(layer) + ")"}, 0, last);
      rows_.back().path.clear();
      rows_.back().added = true;
      rows_.back().note = note;
    };
    const std::string units = std::to_string(outputs_) + (outputs_ == 1 ? " unit" : " units");
    const std::string why = "added: the list does not end in a Dense layer of " + units;
    if (network_.graph.value(last).shape.size() != 2) added("Flatten", why);
    added(entry, why);
    return last;
  }

  /// A layer whose output nobody reads would not learn.
  void find_unread() {
    std::set<ValueId> read{network_.output};
    for (const Node& node : needed_nodes(network_.graph, {network_.output}))
      read.insert(node.inputs.begin(), node.inputs.end());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (made_[i] < 0 || read.contains(made_[i])) continue;
      rows_[i].field = path_ + rows_[i].path;
      rows_[i].error =
          rows_[i].name + " (" + rows_[i].type + ") leads nowhere: no other layer that leads to the output reads it";
      throw ParamError(rows_[i].error, rows_[i].field, "a layer that reads it, or to leave it out");
    }
  }

  void check_list(const Json& list, const std::string& list_path, const std::string& owner, int depth,
                  std::size_t first) {
    for (std::size_t i = first; i < list.size(); ++i) {
      const LayerPlace place = place_in(list_path, owner, i, list[i]);
      const std::size_t row = new_row(list[i], place, depth);
      try {
        const auto [info, fields] = read_entry(list[i], place);
        if (fields.contains("layers")) check_list(fields["layers"], place.path + ".layers", place.words, depth + 1, 0);
      } catch (const ParamError& error) {
        rows_[row].error = error.what();
        rows_[row].field = error.field();
      }
    }
  }

  std::string path_;
  std::int64_t outputs_;
  Json list_;  ///< without what was dropped from its end
  Network network_;
  std::map<std::string, ValueId> names_;
  std::set<std::string> taken_;
  std::map<std::string, int> counts_;
  std::vector<LayerSummary> rows_;
  std::optional<LayerSummary> dropped_;
  std::vector<ValueId> made_;  ///< per row
  std::string last_note_;
  std::int64_t sites_ = 0;
  int depth_ = 0;
  bool complete_ = false;
  bool failed_ = false;
};

/// `wanted` empty: the list ends in `outputs` numbers.
NetworkSummary summary_of(const Json& layers, const Shape& input, std::int64_t outputs, const Shape& wanted,
                          const std::string& path) {
  NetworkSummary summary;
  if (!layers.is_array()) {
    LayerSummary row;
    row.error = path + " must be a list of layers";
    row.field = path;
    summary.layers.push_back(row);
    return summary;
  }
  if (input.empty()) {
    Assembly unknown(layers, {1}, outputs, path);
    unknown.check_rest();
    summary.layers = std::move(unknown.rows());
    return summary;
  }
  Assembly assembly(layers, input, outputs, path);
  try {
    wanted.empty() ? assembly.run() : assembly.run_to(wanted);
  } catch (const ParamError& error) {
    assembly.check_rest();
    auto& rows = assembly.rows();
    const bool told = std::any_of(rows.begin(), rows.end(), [](const LayerSummary& row) { return !row.error.empty(); });
    // The end of the list was refused, before any layer was made or after all of them.
    for (auto& row : rows)
      if (!told && (error.field().starts_with(path + row.path + ".") || error.field() == path + row.path)) {
        row.error = error.what();
        row.field = error.field();
      }
  }
  summary.layers = std::move(assembly.rows());
  for (const auto& row : summary.layers)
    if (row.depth == 0) summary.total += row.cost;
  return summary;
}

}  // namespace

LayerCost& LayerCost::operator+=(const LayerCost& other) {
  parameters += other.parameters;
  states += other.states;
  activation_bytes += other.activation_bytes;
  gradient_bytes += other.gradient_bytes;
  multiply_adds += other.multiply_adds;
  return *this;
}

bool NetworkSummary::valid() const {
  return std::none_of(layers.begin(), layers.end(), [](const LayerSummary& row) { return !row.error.empty(); });
}

Network build_network(const Json& layers, const Shape& input, std::int64_t outputs, const std::string& path) {
  Assembly assembly(layers, input, outputs, path);
  assembly.run();
  return std::move(assembly.network());
}

Network build_network_to(const Json& layers, const Shape& input, const Shape& output, const std::string& path) {
  Assembly assembly(layers, input, 0, path);
  assembly.run_to(output);
  return std::move(assembly.network());
}

NetworkSummary summarize(const Json& layers, const Shape& input, std::int64_t outputs, const std::string& path) {
  return summary_of(layers, input, outputs, {}, path);
}

NetworkSummary summarize_to(const Json& layers, const Shape& input, const Shape& output, const std::string& path) {
  return summary_of(layers, input, 0, output, path);
}

Json layer_fields(const Json& entry) {
  const LayerInfo* info = find_layer_type(type_of(entry));
  if (!info || !entry.is_object()) return Json::object();
  Json fields = entry;
  fields.erase("type");
  return listed(std::move(fields), info->fields);
}

}  // namespace gb
