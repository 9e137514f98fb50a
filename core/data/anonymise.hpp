#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset.hpp"
#include "core/params/param_spec.hpp"

namespace gb {

/// What becomes of a column before anybody sees it: an entry of "anonymise" in the source "table".
struct AnonymiseRule {
  enum class Method {
    drop,    ///< the column is left out
    hash,    ///< "h" and 15 hexadecimal digits of a salted SHA-256: the same value is the same code
    bucket,  ///< numbers become the lower end of their range, dates the first day of their month or year
    mask     ///< some characters at the begin and end stay, all others become three stars
  };
  enum class Period { month, year };

  std::string column;
  Method method = Method::drop;
  std::optional<double> width = {};   ///< bucket, of numbers
  std::optional<Period> period = {};  ///< bucket, of dates
  int keep_first = 0, keep_last = 0;  ///< mask, in characters
};

/// The methods as choices: "drop", "hash", "bucket", "mask".
std::span<const Choice> anonymise_methods();
std::string_view anonymise_method_name(AnonymiseRule::Method method);

/// The fields that an entry has beside "column" and "method".
std::span<const ParamSpec> anonymise_fields(AnonymiseRule::Method method);

/// The entries of "anonymise" in a document; null is none. Throws ParamError naming the entry and its field below
/// `path`: unknown methods and fields, two rules for one column, a bucket that says neither "width" nor "to", or both.
std::vector<AnonymiseRule> read_anonymise_rules(const Json& entries, const std::string& path);

/// Applies one rule. Nothing of the raw values remains in what it makes or says.
class Anonymiser {
 public:
  /// `salt` goes into every hash: see anonymise_salt().
  Anonymiser(AnonymiseRule rule, std::string salt) : rule_(std::move(rule)), salt_(std::move(salt)) {}

  const AnonymiseRule& rule() const { return rule_; }
  /// Whether cells are replaced while they are read; buckets are made of whole columns.
  bool replaces_cells() const;
  /// Of hash and mask: what stands in place of this cell, valid until the next call.
  std::string_view replaced(std::string_view cell);
  /// Of bucket: the column in ranges. Throws ParamError (`field` is the rule's) where its type is none that has them.
  void bucket(Column& column, const std::string& field) const;

 private:
  AnonymiseRule rule_;
  std::string salt_;
  std::string made_;
};

/// The salt of this user's hashes: 32 random bytes in ${XDG_CONFIG_HOME:-~/.config}/glassbench/anonymise.salt, made
/// when first asked for, readable to nobody else. It lies apart from the store and is part of no document: who is
/// given runs, models or experiments cannot try values out, and on this machine the same value is the same code in
/// every table, so that tables can be joined and runs repeated. Throws DataError where it can be neither read nor
/// written.
std::string anonymise_salt();
/// Where that is.
std::filesystem::path anonymise_salt_file();

}  // namespace gb
