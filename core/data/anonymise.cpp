#include "core/data/anonymise.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <set>

#include "core/base/file.hpp"
#include "core/data/date_parts.hpp"
#include "core/params/schema.hpp"

namespace gb {
namespace fs = std::filesystem;
namespace {

using Method = AnonymiseRule::Method;
using Period = AnonymiseRule::Period;

constexpr std::size_t salt_bytes = 32;
constexpr std::size_t code_digits = 15;
constexpr const char* mask_text = "***";

const Schema<AnonymiseRule>& bucket_schema() {
  static const auto schema =
      Schema<AnonymiseRule>{}
          .add(&AnonymiseRule::width, {.name = "width",
                                       .label = "Width",
                                       .help = "How far a range of numbers reaches; 10 makes 37 to 30.",
                                       .valid = {0, 1e300, true}})
          .add(&AnonymiseRule::period, {.name = "to",
                                        .label = "To",
                                        .help = "What of a date stays: its month or its year.",
                                        .choices = {{"month", "Month"}, {"year", "Year"}}});
  return schema;
}

const Schema<AnonymiseRule>& mask_schema() {
  static const auto schema = Schema<AnonymiseRule>{}
                                 .add(&AnonymiseRule::keep_first, {.name = "keep_first",
                                                                   .label = "Keep first",
                                                                   .help = "How many characters stay at the beginning.",
                                                                   .valid = {0, 64},
                                                                   .search = {0, 8}})
                                 .add(&AnonymiseRule::keep_last, {.name = "keep_last",
                                                                  .label = "Keep last",
                                                                  .help = "How many characters stay at the end.",
                                                                  .valid = {0, 64},
                                                                  .search = {0, 8}});
  return schema;
}

std::string method_names() {
  std::string text = "one of: ";
  for (const auto& choice : anonymise_methods()) text += (text.back() == ' ' ? "" : ", ") + choice.name;
  return text;
}

Method method_of(const Json& entry, const std::string& path) {
  const std::string field = path + ".method";
  const auto name = entry.at("method").get<std::string>();
  std::vector<std::string> known;
  for (std::size_t i = 0; i < anonymise_methods().size(); ++i) {
    if (anonymise_methods()[i].name == name) return static_cast<Method>(i);
    known.push_back(anonymise_methods()[i].name);
  }
  std::string message = field + " is \"" + name.substr(0, 60) + "\", which is no way to anonymise a column";
  if (const auto near = nearest_name(name, known); !near.empty()) message += "; did you mean '" + near + "'?";
  throw ParamError(message, field, method_names());
}

AnonymiseRule read_rule(const Json& entry, const std::string& path) {
  const auto method = method_of(entry, path);
  Json fields = entry;
  fields.erase("column");
  fields.erase("method");
  AnonymiseRule rule;
  if (method == Method::bucket)
    rule = bucket_schema().read(fields, path);
  else if (method == Method::mask)
    rule = mask_schema().read(fields, path);
  else
    validated({}, fields, path);
  rule.column = entry.at("column").get<std::string>();
  rule.method = method;
  if (method == Method::bucket && rule.width.has_value() == rule.period.has_value())
    throw ParamError(path + (rule.width ? " says both \"width\" and \"to\"" : " says neither \"width\" nor \"to\""),
                     path + ".width", "\"width\" for ranges of numbers, or \"to\": \"month\" or \"year\" for dates");
  return rule;
}

std::string reason() {
  return std::strerror(errno);
}

/// The first day of the month or year of a day.
double first_day(double days, Period period) {
  using namespace std::chrono;
  if (!(std::abs(days) <= most_days)) return std::numeric_limits<double>::quiet_NaN();
  const year_month_day date{sys_days{std::chrono::days{static_cast<int>(std::floor(days))}}};
  const year_month_day first{date.year(), period == Period::month ? date.month() : January, day{1}};
  return static_cast<double>(sys_days{first}.time_since_epoch().count());
}

/// Of the range that the value is in. In twelve digits: 0.3 begins a range of 0.1 and is no 0.30000000000000004.
double lower_end(double value, double width) {
  constexpr double nearly = 1e-9;
  std::array<char, 40> text;
  const double end = std::floor(value / width + nearly) * width;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), end, std::chars_format::general, 12);
  double rounded = end;
  std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

/// Where the n-th character of a UTF-8 text begins, counted from the front or, for `back`, from the end; empty where
/// there are fewer.
std::optional<std::size_t> character(std::string_view text, int n, bool back) {
  const auto begins = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80; };
  std::size_t at = back ? text.size() : 0;
  for (int left = n; left > 0; --left) {
    if (back) {
      if (at == 0) return {};
      for (--at; at > 0 && !begins(at);) --at;
    } else {
      if (at == text.size()) return {};
      for (++at; at < text.size() && !begins(at);) ++at;
    }
  }
  return at;
}

std::string read_salt(const fs::path& file) {
  std::string salt = read_file(file, 4096);
  if (salt.size() < salt_bytes)
    throw DataError(file.string() + " is damaged: the salt of hashed columns has at least " +
                        std::to_string(salt_bytes) + " bytes. Restore it, or delete it: hashes are then other ones",
                    "data.anonymise");
  return salt;
}

/// Another program may do the same at the same time: the first one's salt counts for both.
void make_salt(const fs::path& file) {
  std::array<char, salt_bytes> bytes;
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  const std::string beside = file.string() + "." + std::to_string(::getpid());
  const auto refuse = [&] {
    const std::string why = reason();
    ::unlink(beside.c_str());
    throw DataError("The salt of hashed columns cannot be written to " + file.string() + ": " + why, "data.anonymise",
                    "a settings folder that can be written");
  };
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) refuse();
  const bool written = ::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()) &&
                       ::write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                       ::fsync(descriptor) == 0;
  if (!written) {
    ::close(descriptor);
    refuse();
  }
  ::close(descriptor);
  if (::link(beside.c_str(), file.c_str()) != 0 && errno != EEXIST) refuse();
  ::unlink(beside.c_str());
}

}  // namespace

std::span<const Choice> anonymise_methods() {
  static const std::array<Choice, 4> methods{
      {{"drop", "Leave out", "The column is not read."},
       {"hash", "Replace by codes", "The same value becomes the same code, which tells nothing of the value."},
       {"bucket", "Coarsen",
        "Numbers become the lower end of their range, dates the first day of their month or year."},
       {"mask", "Mask", "Some characters at the beginning and the end stay, the others become ***."}}};
  return methods;
}

std::string_view anonymise_method_name(Method method) {
  return anonymise_methods()[static_cast<std::size_t>(method)].name;
}

std::span<const ParamSpec> anonymise_fields(Method method) {
  if (method == Method::bucket) return bucket_schema().specs();
  if (method == Method::mask) return mask_schema().specs();
  return {};
}

std::vector<AnonymiseRule> read_anonymise_rules(const Json& entries, const std::string& path) {
  std::vector<AnonymiseRule> rules;
  if (entries.is_null()) return rules;
  const std::string allowed = "a list of objects, each with a \"column\" and a \"method\"";
  const auto refuse = [&](const Json& value, const std::string& field) {
    throw ParamError(field + " is " + value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 60) +
                         ", but must be " + (field == path ? allowed : "an object with a \"column\" and a \"method\""),
                     field, allowed);
  };
  if (!entries.is_array()) refuse(entries, path);
  std::set<std::string> columns;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    for (const char* name : {"column", "method"})
      if (!entries[i].is_object() || !entries[i].contains(name) || !entries[i][name].is_string())
        refuse(entries[i], place);
    rules.push_back(read_rule(entries[i], place));
    if (!columns.insert(rules.back().column).second)
      throw ParamError(place + ".column is '" + rules.back().column + "', for which there is another rule above",
                       place + ".column", "one rule for each column");
  }
  return rules;
}

bool Anonymiser::replaces_cells() const {
  return rule_.method == Method::hash || rule_.method == Method::mask;
}

std::string_view Anonymiser::replaced(std::string_view cell) {
  if (rule_.method == Method::hash) {
    Sha256 hash;
    hash.add(salt_);
    hash.add(cell);
    // The letter keeps it from being read as a number.
    made_ = "h" + hash.hex().substr(0, code_digits);
    return made_;
  }
  made_ = mask_text;
  const auto head = character(cell, rule_.keep_first, false);
  const auto tail = character(cell, rule_.keep_last, true);
  // What is not longer than that which stays would stay whole.
  if (head && tail && *head < *tail)
    made_ = std::string(cell.substr(0, *head)) + mask_text + std::string(cell.substr(*tail));
  return made_;
}

void Anonymiser::bucket(Column& column, const std::string& field) const {
  const bool date = rule_.period.has_value();
  if (column.type != (date ? ColumnType::date : ColumnType::numeric)) {
    const std::string wanted = date ? "dates" : "numbers";
    throw ParamError(field + " makes ranges of " + wanted + ", but the column '" + column.name + "' is " +
                         std::string(column_type_name(column.type)),
                     field,
                     "a column of " + wanted + ", hash, mask or drop; data.types can say that the column holds " +
                         wanted + ", then other cells are read as missing");
  }
  for (double& value : column.numbers) {
    if (std::isnan(value)) continue;
    value = date ? first_day(value, *rule_.period) : lower_end(value, *rule_.width);
    if (!std::isfinite(value)) value = std::numeric_limits<double>::quiet_NaN();
  }
}

fs::path anonymise_salt_file() {
  const char* named = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const fs::path settings = named && *named ? fs::path(named) : fs::path(home && *home ? home : "/tmp") / ".config";
  return settings / "glassbench" / "anonymise.salt";
}

std::string anonymise_salt() {
  const fs::path file = anonymise_salt_file();
  std::error_code code;
  if (!fs::exists(file, code)) make_salt(file);
  return read_salt(file);
}

}  // namespace gb
