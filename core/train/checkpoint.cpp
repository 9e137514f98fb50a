#include "core/train/checkpoint.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "core/params/json_text.hpp"

namespace gb {
namespace {

static_assert(std::endian::native == std::endian::little, "array bytes are written as they stand in memory");

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t most_header_bytes = 100'000'000;  // as the format's own reader has it
constexpr std::size_t most_dimensions = 8;

std::optional<std::uint64_t> bytes_of_type(std::string_view type) {
  if (type == "U8") return 1;
  if (type == "F32" || type == "I32") return 4;
  if (type == "F64" || type == "I64") return 8;
  return std::nullopt;
}

/// Elements times size, or nothing when that does not fit 64 bits.
std::optional<std::uint64_t> product(const std::vector<std::int64_t>& shape, std::uint64_t element) {
  std::uint64_t bytes = element;
  for (const auto extent : shape) {
    if (extent < 0) return std::nullopt;
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes)) return std::nullopt;
  }
  return bytes;
}

constexpr const char* non_finite_key = "non_finite";

/// JSON has no infinities, which counters do have ("best loss so far"): they become {"non_finite": "inf"}.
Json with_named_infinities(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const double number = value.get<double>();
    return Json{{non_finite_key, std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf"}};
  }
  if (!value.is_structured()) return value;
  Json copy = value;
  for (auto& entry : copy) entry = with_named_infinities(entry);
  return copy;
}

Json with_real_infinities(const Json& value) {
  if (!value.is_structured()) return value;
  if (value.is_object() && value.size() == 1 && value.contains(non_finite_key)) {
    const Json& name = value[non_finite_key];
    if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (name == "inf") return std::numeric_limits<double>::infinity();
    if (name == "-inf") return -std::numeric_limits<double>::infinity();
  }
  Json copy = value;
  for (auto& entry : copy) entry = with_real_infinities(entry);
  return copy;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  State read() {
    if (bytes_.size() < length_bytes) fail("it is cut off before its header (" + count(bytes_.size()) + ")");
    std::uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, bytes_.data(), length_bytes);
    if (header_bytes > most_header_bytes || header_bytes > bytes_.size() - length_bytes)
      fail("its header claims " + count(header_bytes) + ", but the file has " + count(bytes_.size()));
    const auto header_size = static_cast<std::size_t>(header_bytes);
    const std::string_view text = bytes_.substr(length_bytes, header_size);
    if (text.empty() || text.front() != '{') fail("its header is no JSON object");
    Json header;
    try {
      header = parse_json(text, "its header");
    } catch (const JsonError& error) {
      fail(error.what());
    }
    data_ = bytes_.substr(length_bytes + header_size);
    State state;
    read_metadata(header, state);
    for (const auto& item : header.items())
      if (item.key() != "__metadata__") places_.push_back(place(item.key(), item.value()));
    check_places();
    for (auto& entry : places_) {
      const auto* begin = reinterpret_cast<const std::uint8_t*>(data_.data()) + entry.begin;
      entry.array.bytes.assign(begin, begin + (entry.end - entry.begin));
      state.arrays.push_back(std::move(entry.array));
    }
    return state;
  }

 private:
  struct Place {
    StateArray array;
    std::uint64_t begin = 0, end = 0;
  };

  [[noreturn]] void fail(const std::string& why) const {
    throw CheckpointError("Cannot read the checkpoint " + name_ + ": " + why);
  }

  static std::string count(std::uint64_t bytes) { return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes"); }

  void read_metadata(const Json& header, State& state) const {
    const auto found = header.find("__metadata__");
    if (found == header.end() || !found->is_object() || found->value("format", Json()) != "glassbench")
      fail("it was not written by Glassbench (no such mark in its header)");
    const Json step = found->value("step", Json());
    const Json counters = found->value("header", Json());
    if (!step.is_string() || !counters.is_string()) fail("its header lacks step or counters");
    const auto& digits = step.get_ref<const std::string&>();
    if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos)
      fail("its step '" + digits.substr(0, 40) + "' is no number");
    state.step = std::stoll(digits);
    try {
      state.header = with_real_infinities(parse_json(counters.get_ref<const std::string&>(), "its counters"));
    } catch (const JsonError& error) {
      fail(error.what());
    }
    if (!state.header.is_object()) fail("its counters are no object");
  }

  Place place(const std::string& array, const Json& entry) const {
    const std::string what = "array '" + array.substr(0, 80) + "' ";
    if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets"))
      fail(what + "must have dtype, shape and data_offsets");
    const Json& type = entry["dtype"];
    if (!type.is_string() || !bytes_of_type(type.get_ref<const std::string&>()))
      fail(what + "has the unknown type " + dump_json(type).substr(0, 40) + "; known are F32, F64, I64, I32, U8");
    const Json& shape = entry["shape"];
    if (!shape.is_array() || shape.size() > most_dimensions) fail(what + "has no usable shape");
    Place place{.array = {array, type.get<std::string>(), {}, {}}};
    for (const auto& extent : shape) place.array.shape.push_back(signed_of(extent, what));
    const Json& offsets = entry["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) fail(what + "must have two data_offsets");
    place.begin = static_cast<std::uint64_t>(signed_of(offsets[0], what));
    place.end = static_cast<std::uint64_t>(signed_of(offsets[1], what));
    if (place.begin > place.end || place.end > data_.size())
      fail(what + "claims bytes " + std::to_string(place.begin) + " to " + std::to_string(place.end) +
           ", but there are " + count(data_.size()) + " of data: the file is damaged or cut off");
    const auto needed = product(place.array.shape, *bytes_of_type(place.array.type));
    if (!needed || *needed != place.end - place.begin) fail(what + "has a shape that does not match its bytes");
    return place;
  }

  std::int64_t signed_of(const Json& number, const std::string& what) const {
    if (!number.is_number_integer() ||
        (number.is_number_unsigned() &&
         number.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())))
      fail(what + "has a size that is no whole number");
    const auto value = number.get<std::int64_t>();
    if (value < 0) fail(what + "has a negative size");
    return value;
  }

  void check_places() {
    std::stable_sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t expected = 0;
    for (const auto& entry : places_) {
      if (entry.begin != expected)
        fail("array '" + entry.array.name + "' starts at byte " + std::to_string(entry.begin) + ", but " +
             std::to_string(expected) + " was expected (a gap or an overlap)");
      expected = entry.end;
    }
    if (expected != data_.size())
      fail("there are " + count(data_.size() - expected) + " after the last array, which nothing describes");
  }

  std::string_view bytes_, data_;
  const std::string& name_;
  std::vector<Place> places_;
};

}  // namespace

std::string to_safetensors(const State& state) {
  Json header = Json::object();
  header["__metadata__"] = {{"format", "glassbench"},
                            {"step", std::to_string(state.step)},
                            {"header", dump_json(with_named_infinities(state.header))}};
  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const auto& array : state.arrays) {
    const auto element = bytes_of_type(array.type);
    const auto needed = element ? product(array.shape, *element) : std::nullopt;
    if (!needed || *needed != array.bytes.size() || array.shape.size() > most_dimensions)
      throw CheckpointError("Cannot write a checkpoint: array '" + array.name + "' of type " + array.type + " has " +
                            std::to_string(array.bytes.size()) + " bytes, which its shape does not give");
    if (array.name == "__metadata__" || !names.insert(array.name).second)
      throw CheckpointError("Cannot write a checkpoint: two arrays are called '" + array.name + "'");
    header[array.name] = {
        {"dtype", array.type}, {"shape", array.shape}, {"data_offsets", {offset, offset + array.bytes.size()}}};
    offset += array.bytes.size();
  }
  std::string text = dump_json(header);
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');  // arrays start aligned
  std::string bytes;
  bytes.reserve(length_bytes + text.size() + static_cast<std::size_t>(offset));
  const std::uint64_t header_bytes = text.size();
  bytes.append(reinterpret_cast<const char*>(&header_bytes), length_bytes);
  bytes += text;
  for (const auto& array : state.arrays)
    bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return bytes;
}

State from_safetensors(std::string_view bytes, const std::string& name) {
  return Reader(bytes, name).read();
}

}  // namespace gb
