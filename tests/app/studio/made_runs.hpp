#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "core/algorithms/algorithm.hpp"
#include "core/run/experiment.hpp"
#include "core/run/run_store.hpp"
#include "core/run/store_database.hpp"

namespace gb {

/// Enters `count` finished runs into the store of a folder, as long as real ones and with figures that vary: many runs
/// in a moment, without computing any.
inline void makeRuns(const std::filesystem::path& folder, int count) {
  RunStore store(folder);
  SQLite::Database database(database_path(folder).string(), SQLite::OPEN_READWRITE);
  SQLite::Transaction transaction(database);
  SQLite::Statement row(database,
                        "INSERT INTO run (id, name, algorithm, dataset, fingerprint, environment, state, created, "
                        "seconds, steps, document, metrics, result, notes, tags) VALUES (?, ?, ?, ?, ?, '{}', "
                        "'finished', ?, ?, ?, ?, ?, ?, ?, ?)");
  const char* const algorithms[] = {"mlp", "cnn", "svm", "random_forest"};
  const char* const datasets[] = {"iris", "digits", "wine"};
  for (int i = 0; i < count; ++i) {
    const std::string algorithm = algorithms[i % 4], dataset = datasets[i % 3];
    auto experiment = Experiment::from_json(Json{{"glassbench", 1},
                                                 {"name", "Trial " + std::to_string(i)},
                                                 {"seed", i % 5},
                                                 {"data", Json{{"source", "bundled"}, {"name", "iris"}}},
                                                 {"algorithm", Json{{"id", algorithm}}}},
                                            ".");
    Json document = experiment.to_json();
    document["algorithm"]["params"] = experiment.complete_params();
    if (document["algorithm"]["params"].contains("learning_rate"))
      document["algorithm"]["params"]["learning_rate"] = 0.001 * (1 + i % 7);
    const double accuracy = 0.5 + 0.499 * ((i * 37) % 101) / 101.0;
    const Json values{{"accuracy", accuracy},
                      {"balanced_accuracy", accuracy},
                      {"f1_macro", accuracy - 0.01},
                      {"log_loss", 2 * (1 - accuracy)},
                      {"roc_auc", accuracy}};
    const Json metrics{{"train", values}, {"validation", values}, {"test", values}};
    Json scores = Json::array();
    for (int fold = 0; fold < 10; ++fold) scores.push_back(accuracy + 0.001 * ((i + fold) % 5));
    const Json result{{"metrics", metrics},
                      {"cross_validation", Json{{"splits_sha256", "00"},
                                                {"test_rows", 15},
                                                {"training_rows", 135},
                                                {"scores", Json{{"accuracy", scores}}}}},
                      {"weights_sha256", "00"}};
    char id[80], created[40];
    std::snprintf(id, sizeof id, "20261%02d%02d-%02d%02d-%s-%04x", i / 2000 % 3, 1 + i / 1000 % 28, i / 60 % 24, i % 60,
                  algorithm.c_str(), static_cast<unsigned>(i));
    std::snprintf(created, sizeof created, "2026-11-%02dT%02d:%02d:%02dZ", 1 + i / 3600 % 28, i / 60 % 24, i % 60,
                  i % 60);
    row.bind(1, id);
    row.bind(2, "Trial " + std::to_string(i));
    row.bind(3, algorithm);
    row.bind(4, dataset);
    row.bind(5, dataset);
    row.bind(6, created);
    row.bind(7, 1.5 * (i % 40));
    row.bind(8, 100 * (1 + i % 9));
    row.bind(9, document.dump());
    row.bind(10, metrics.dump());
    row.bind(11, result.dump());
    row.bind(12, i % 10 == 0 ? "Looks promising; try more epochs" : "");
    row.bind(13, i % 7 == 0 ? R"(["baseline"])" : "[]");
    row.exec();
    row.reset();
  }
  transaction.commit();
}

}  // namespace gb
