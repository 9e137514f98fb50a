#include <array>
#include <utility>

#include "core/data/prepare_steps.hpp"
#include "core/params/schema.hpp"

// What every step says of itself: its fields, and what no single field can see.

namespace gb {
namespace {

const Schema<NoParams>& no_schema() {
  static const Schema<NoParams> schema;
  return schema;
}

const Schema<ImputeParams>& impute_schema() {
  static const auto schema =
      Schema<ImputeParams>{}.add(&ImputeParams::numeric, {.name = "numeric",
                                                          .label = "Numbers",
                                                          .help = "What a missing number is replaced by.",
                                                          .choices = {{"median", "Median"}, {"mean", "Mean"}}});
  return schema;
}

const Schema<ScaleParams>& scale_schema() {
  static const auto schema =
      Schema<ScaleParams>{}.add(&ScaleParams::range, {.name = "range",
                                                      .label = "Range",
                                                      .help = "The interval that values are mapped onto: [low, high].",
                                                      .valid = {-1e6, 1e6},
                                                      .search = {-1, 1},
                                                      .most = 2});
  return schema;
}

ParamSpec columns_spec(const char* what) {
  return {.name = "columns",
          .label = "Columns",
          .help = std::string("The names of the columns that it is for; none means every ") + what + " one.",
          .most = 1000};
}

const Schema<ClipParams>& clip_schema() {
  static const auto schema =
      Schema<ClipParams>{}
          .add(&ClipParams::method,
               {.name = "method",
                .label = "Bounds",
                .help = "What the bounds are computed from.",
                .choices = {{"quantile", "Quantiles", "Two quantiles of the training values."},
                            {"iqr", "Interquartile range",
                             "The quartiles, widened by a multiple of the range between them (Tukey's fences)."}}})
          .add(&ClipParams::quantile_range, {.name = "quantile_range",
                                             .label = "Quantiles",
                                             .help = "The shares of the training values below the bounds: [low, high].",
                                             .valid = {0, 1},
                                             .search = {0, 1},
                                             .enabled_by = EnabledBy{"method", {"quantile"}},
                                             .most = 2})
          .add(&ClipParams::iqr_factor, {.name = "iqr_factor",
                                         .label = "Range factor",
                                         .help = "How many interquartile ranges beyond the quartiles a value may lie.",
                                         .valid = {0, 1000},
                                         .search = {1, 5},
                                         .enabled_by = EnabledBy{"method", {"iqr"}}})
          .add(&ClipParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<RareParams>& rare_schema() {
  static const auto schema =
      Schema<RareParams>{}
          .add(&RareParams::min_frequency,
               {.name = "min_frequency",
                .label = "Least frequency",
                .help = "A category is rare with fewer training rows than this; below 1 it is a share of them.",
                .valid = {0, 1e9, true},
                .search = {0.001, 0.1},
                .scale = Scale::log})
          .add(&RareParams::name, {.name = "name",
                                   .label = "Name",
                                   .help = "The category that rare ones, and those unseen in training, become."})
          .add(&RareParams::columns, columns_spec("categorical"));
  return schema;
}

const Schema<ColumnsParams>& encode_schema() {
  static const auto schema = Schema<ColumnsParams>{}.add(&ColumnsParams::columns, columns_spec("categorical"));
  return schema;
}

const Schema<PowerParams>& power_schema() {
  static const auto schema =
      Schema<PowerParams>{}
          .add(&PowerParams::standardize, {.name = "standardize",
                                           .label = "Standardize",
                                           .help = "Shift and scale the result to mean 0 and standard deviation 1."})
          .add(&PowerParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<VarianceParams>& variance_schema() {
  static const auto schema =
      Schema<VarianceParams>{}
          .add(&VarianceParams::threshold,
               {.name = "threshold",
                .label = "Threshold",
                .help = "A column whose variance in the training rows is at most this is left out; 0 leaves out "
                        "constant columns.",
                .valid = {0, 1e300},
                .search = {0, 1}})
          .add(&VarianceParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<QuantileParams>& quantile_schema() {
  static const auto schema =
      Schema<QuantileParams>{}
          .add(&QuantileParams::output,
               {.name = "output",
                .label = "Output",
                .help = "How the values are distributed afterwards.",
                .choices = {{"uniform", "Evenly", "From 0 to 1."}, {"normal", "Normally", "From -5.2 to 5.2."}}})
          .add(&QuantileParams::quantiles,
               {.name = "quantiles",
                .label = "Quantiles",
                .help = "How many points the curve has at most; fewer smooth it and make the exported file smaller.",
                .valid = {2, 1000},
                .search = {10, 1000},
                .scale = Scale::log})
          .add(&QuantileParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<PolynomialParams>& polynomial_schema() {
  static const auto schema =
      Schema<PolynomialParams>{}
          .add(&PolynomialParams::degree, {.name = "degree",
                                           .label = "Degree",
                                           .help = "How many columns are multiplied with one another at most.",
                                           .valid = {2, 3},
                                           .search = {2, 3}})
          .add(&PolynomialParams::interaction_only,
               {.name = "interaction_only",
                .label = "Interactions only",
                .help = "Multiply only different columns: no squares and no cubes."})
          .add(&PolynomialParams::columns, columns_spec("numeric"));
  return schema;
}

const Schema<TargetParams>& target_schema() {
  static const auto schema =
      Schema<TargetParams>{}
          .add(&TargetParams::smooth,
               {.name = "smooth",
                .label = "Smoothing",
                .help = "How many rows of the overall mean are mixed into each category's; none decides by how much "
                        "the target varies within the category.",
                .valid = {0, 1e6},
                .search = {0, 100}})
          .add(&TargetParams::folds,
               {.name = "folds",
                .label = "Folds",
                .help = "Training rows are encoded by what the other folds say, so that no row sees its own answer.",
                .valid = {2, 100},
                .search = {2, 10},
                .advanced = true})
          .add(&TargetParams::columns, columns_spec("categorical"));
  return schema;
}

const Schema<DatesParams>& dates_schema() {
  static const auto schema =
      Schema<DatesParams>{}
          .add(&DatesParams::year, {.name = "year", .label = "Year", .help = "Make a column of the year."})
          .add(&DatesParams::month, {.name = "month", .label = "Month", .help = "Make a column of the month, 1 to 12."})
          .add(&DatesParams::day, {.name = "day", .label = "Day", .help = "Make a column of the day, 1 to 31."})
          .add(&DatesParams::weekday,
               {.name = "weekday", .label = "Weekday", .help = "Make a column of the weekday, 0 for Monday."})
          .add(&DatesParams::day_of_year,
               {.name = "day_of_year", .label = "Day of the year", .help = "Make a column of the day, 1 to 366."})
          .add(&DatesParams::hour, {.name = "hour",
                                    .label = "Hour",
                                    .help = "Make a column of the hour, 0 to 23, where dates have a time of day."})
          .add(&DatesParams::cyclic,
               {.name = "cyclic",
                .label = "As cycles",
                .help = "Two columns for each part but the year, sine and cosine of its angle: December is then next "
                        "to January."})
          .add(&DatesParams::keep,
               {.name = "keep", .label = "Keep the date", .help = "Keep the days since 1970 as a column as well."})
          .add(&DatesParams::columns, columns_spec("date"));
  return schema;
}

const Schema<TextParams>& text_schema() {
  static const auto schema =
      Schema<TextParams>{}
          .add(&TextParams::weighting,
               {.name = "weighting",
                .label = "Numbers",
                .help = "What stands in the column of a word.",
                .choices = {{"tfidf", "TF-IDF",
                             "How often the word occurs, weighted by how few texts have it; every text has length 1."},
                            {"count", "Counts", "How often the word occurs (bag of words)."}}})
          .add(&TextParams::terms, {.name = "terms",
                                    .label = "Words",
                                    .help = "How many words of each column become columns at most, the best ones.",
                                    .valid = {1, 20000},
                                    .search = {100, 5000},
                                    .scale = Scale::log})
          .add(&TextParams::choose,
               {.name = "choose",
                .label = "The best are",
                .help = "Which words are taken where there are more.",
                .choices = {{"frequency", "The most frequent", "Those that most training texts have."},
                            {"chi2", "The most telling", "Those whose counts differ most between classes (chi2)."}}})
          .add(&TextParams::min_rows, {.name = "min_rows",
                                       .label = "Least texts",
                                       .help = "Words that fewer training texts have are left out.",
                                       .valid = {1, 1e6},
                                       .search = {1, 10},
                                       .advanced = true})
          .add(&TextParams::sublinear,
               {.name = "sublinear",
                .label = "Logarithmic counts",
                .help = "A word that occurs n times counts 1 + ln n, so that repeating it says less.",
                .enabled_by = EnabledBy{"weighting", {"tfidf"}}})
          .add(&TextParams::stop_words,
               {.name = "stop_words",
                .label = "Stop words",
                .help = "Words that say nothing of what a text is about, which are left out.",
                .choices = {{"english", "English", "139 words such as the, and, of."}, {"none", "None", ""}}})
          .add(&TextParams::more_stop_words, {.name = "more_stop_words",
                                              .label = "More stop words",
                                              .help = "Other words to leave out, in lower case.",
                                              .advanced = true,
                                              .most = 1000})
          .add(&TextParams::chinese_pairs,
               {.name = "chinese_pairs",
                .label = "Chinese in pairs",
                .help = "Chinese has no spaces between words: every pair of neighbouring characters counts as a word.",
                .advanced = true})
          .add(&TextParams::columns,
               {.name = "columns",
                .label = "Columns",
                .help = "The names of the columns that it is for, of text or of categories; none means every text one.",
                .most = 1000});
  return schema;
}

ParamSpec keep_spec() {
  return {.name = "keep",
          .label = "Keep",
          .help = "How many of the columns stay, those with the highest score; below 1 it is a share of them.",
          .valid = {0, 1e6, true},
          .search = {0.1, 0.9}};
}

ParamSpec judged_spec() {
  return {.name = "columns",
          .label = "Columns",
          .help = "The names of the columns that are judged; none means all that are numbers by then.",
          .most = 1000};
}

const Schema<SelectParams>& select_schema() {
  static const auto schema =
      Schema<SelectParams>{}.add(&SelectParams::keep, keep_spec()).add(&SelectParams::columns, judged_spec());
  return schema;
}

const Schema<RecursiveParams>& recursive_schema() {
  static const auto schema =
      Schema<RecursiveParams>{}
          .add(&RecursiveParams::keep, keep_spec())
          .add(&RecursiveParams::per_round,
               {.name = "per_round",
                .label = "Left out at a time",
                .help = "How many columns go before the model is fitted again; 1 is the most careful.",
                .valid = {1, 1000},
                .search = {1, 20},
                .advanced = true})
          .add(&RecursiveParams::columns, judged_spec());
  return schema;
}

void check_low_high(const std::vector<double>& range, const std::string& field) {
  if (range.size() != 2 || range[0] >= range[1])
    throw ParamError(field + " must be two numbers, the lower one first", field, "[low, high] with low < high");
}

void check(const ScaleParams& params, const std::string& path) {
  check_low_high(params.range, path + ".range");
}

void check(const ClipParams& params, const std::string& path) {
  check_low_high(params.quantile_range, path + ".quantile_range");
}

void check(const RareParams& params, const std::string& path) {
  if (params.name.empty())
    throw ParamError(path + ".name is empty, which stands for a missing category", path + ".name",
                     "a name for the rare categories");
}

void check(const DatesParams& params, const std::string& path) {
  if (params.year || params.month || params.day || params.weekday || params.day_of_year || params.hour) return;
  throw ParamError(path + " of dates asks for no part of the date", path,
                   "true for one of year, month, day, weekday, day_of_year and hour");
}

void check_count(double keep, const std::string& path) {
  if (keep > 1 && keep != static_cast<double>(static_cast<int>(keep)))
    throw ParamError(path + ".keep must be a whole number, or a share below 1", path + ".keep",
                     "a share below 1 or a whole number of columns");
}

void check(const SelectParams& params, const std::string& path) {
  check_count(params.keep, path);
}

template <class Params>
requires(!std::is_base_of_v<SelectParams, Params>) void check(const Params&, const std::string&) {}

template <class Params>
StepDefinition define(const char* name, const char* label, const char* help, const Schema<Params>& schema) {
  return {{name, label, help, schema.specs()},
          [&schema](const Json& fields, const std::string& path) -> StepParams {
            Params params = schema.read(fields, path);
            check(params, path);
            return params;
          },
          [&schema](const StepParams& params) { return schema.write(std::get<Params>(params)); }};
}

}  // namespace

std::span<const StepDefinition> step_definitions() {
  static const std::array definitions{
      define("drop_duplicates", "Drop duplicates",
             "Removes training rows that equal an earlier one in features and target.", no_schema()),
      define("impute", "Fill in missing values",
             "Replaces missing numbers by the column's median and missing categories by the most frequent one.",
             impute_schema()),
      define("dates", "Split dates into parts",
             "Replaces every date by its year, month, day and weekday, which models can use where days since 1970 say "
             "little.",
             dates_schema()),
      define("text", "Words of texts",
             "Turns texts into one column per word: how often it occurs, or TF-IDF. Models with such columns cannot be "
             "exported to ONNX.",
             text_schema()),
      define("clip_outliers", "Clip outliers",
             "Moves numbers beyond two bounds to these bounds, which come from quantiles or the interquartile range.",
             clip_schema()),
      define("rare_categories", "Merge rare categories",
             "Makes one category of those that few training rows have, before they are encoded.", rare_schema()),
      define("one_hot", "One-hot encode",
             "Turns every categorical column into one 0/1 column per category; an unseen category gives zeros.",
             no_schema()),
      define("ordinal", "Ordinal encode",
             "Replaces every category by its position among the training rows' sorted ones; an unseen category gives "
             "-1.",
             encode_schema()),
      define("frequency", "Frequency encode",
             "Replaces every category by its share of the training rows; an unseen category gives 0.", encode_schema()),
      define("target", "Target encode",
             "Replaces every category by the mean target of its training rows, mixed with the mean of all; with more "
             "than two classes one column per class. Training rows are encoded out of fold, so that the target does "
             "not leak.",
             target_schema()),
      define("select_variance", "Select by variance",
             "Leaves out numeric columns that vary too little to tell rows apart; categories stay, unless they were "
             "made numbers.",
             variance_schema()),
      define("select_chi2", "Select by chi-squared",
             "Keeps the columns whose sums differ most between classes; for counts, words and 0/1 columns, none of "
             "them negative.",
             select_schema()),
      define("standardize", "Standardize", "Shifts and scales every numeric column to mean 0 and standard deviation 1.",
             no_schema()),
      define("scale", "Scale to a range",
             "Maps every numeric column from its minimum and maximum, or pixels from 0..255, onto a range.",
             scale_schema()),
      define("power", "Power transform",
             "Bends every numeric column by the power that makes it most like a normal distribution (Yeo and Johnson).",
             power_schema()),
      define("quantile", "Quantile transform",
             "Replaces every number by the share of training values below it, which takes the weight from outliers and "
             "makes every column evenly or normally distributed.",
             quantile_schema()),
      define("polynomial", "Products of columns",
             "Adds the products of every two or three numeric columns, so that linear models can bend.",
             polynomial_schema()),
      define("select_information", "Select by information",
             "Keeps the columns that tell most about the target, alone and in whatever way: by mutual information "
             "(nearest neighbours: Kraskov and others 2004, Ross 2014).",
             select_schema()),
      define("select_recursive", "Select by elimination",
             "Fits a linear model, leaves out the column with the smallest weight and begins again, until few are left "
             "(Guyon and others 2002; ridge regression on standardized columns).",
             recursive_schema()),
      define("keep_missing", "Keep missing values",
             "Leaves missing numbers as they are, for algorithms that learn from them (gradient boosting).",
             no_schema()),
  };
  return definitions;
}

}  // namespace gb
