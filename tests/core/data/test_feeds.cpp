#include "core/data/feeds.hpp"

#include <QtTest>
#include <numeric>

#include "core/base/random.hpp"

using namespace gb;

namespace {

constexpr PictureShape shape{3, 6, 7};
constexpr std::int64_t pictures = 37;
const auto columns = static_cast<std::int64_t>(shape.size());

Features noise() {
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(pictures * columns));
  Random random(1);
  for (auto& byte : *bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return Features(bytes, pictures, columns, 2.0f / 255, -1.0f);
}

/// All rows but two, backwards.
std::vector<std::int64_t> order_of() {
  std::vector<std::int64_t> order(pictures - 2);
  std::iota(order.rbegin(), order.rend(), std::int64_t{2});
  return order;
}

Augmentation everything() {
  Augmentation all;
  all.horizontal_flip = true;
  all.rotate = 20;
  all.noise = 5;
  all.hue = 40;
  all.mixup = 0.5;
  all.cutmix = 1;
  return all;
}

struct Batch {
  std::vector<float> inputs;
  std::vector<std::pair<std::int64_t, float>> blends;
  bool operator==(const Batch&) const = default;
};

std::vector<Batch> epoch_of(BatchFeed& feed, std::int64_t epoch, std::span<const std::int64_t> order, std::int64_t size,
                            std::int64_t first = 0) {
  std::vector<Batch> batches;
  std::vector<Blend> blends;
  feed.begin(epoch, order, size, first);
  const auto rows = static_cast<std::int64_t>(order.size());
  for (std::int64_t begin = first * size; begin < rows; begin += size) {
    Batch batch;
    batch.inputs.resize(static_cast<std::size_t>(std::min(size, rows - begin) * columns));
    feed.next(batch.inputs.data(), blends);
    for (const auto& blend : blends) batch.blends.emplace_back(blend.partner, blend.share);
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace

class TestFeeds : public QObject {
  Q_OBJECT
 private slots:
  void plainRowsAreGathered() {
    const auto features = noise();
    PlainFeed feed(features);
    const auto order = order_of();
    for (const std::int64_t first : {0, 2}) {
      const auto batches = epoch_of(feed, 1, order, 8, first);
      QCOMPARE(batches.size(), static_cast<std::size_t>(5 - first));
      for (std::size_t b = 0; b < batches.size(); ++b) {
        const auto begin = (b + static_cast<std::size_t>(first)) * 8;
        const auto rows = std::span(order).subspan(begin, std::min<std::size_t>(8, order.size() - begin));
        std::vector<float> expected(rows.size() * shape.size());
        features.gather(rows, expected.data());
        QCOMPARE(batches[b].inputs, expected);
        QVERIFY(batches[b].blends.empty());
      }
    }
    QVERIFY(!feed.blends());
  }

  void threadsGiveTheSame() {
    const auto order = order_of();
    std::vector<std::vector<Batch>> results;
    for (const int workers : {1, 2, 4}) {
      AugmentingFeed feed(noise(), shape, everything(), 5, workers);
      QVERIFY(feed.blends());
      auto batches = epoch_of(feed, 1, order, 8);
      for (auto& batch : epoch_of(feed, 2, order, 8)) batches.push_back(std::move(batch));
      QCOMPARE(batches.size(), std::size_t{10});
      results.push_back(std::move(batches));
    }
    QVERIFY(results[1] == results[0]);
    QVERIFY(results[2] == results[0]);
    // Epochs differ.
    QVERIFY(!(results[0][0] == results[0][5]));
  }

  void offGivesThePlainRows() {
    const auto order = order_of();
    AugmentingFeed feed(noise(), shape, Augmentation{}, 5, 2);
    PlainFeed plain(noise());
    QVERIFY(!feed.blends());
    QVERIFY(epoch_of(feed, 3, order, 8) == epoch_of(plain, 3, order, 8));
  }

  void picturesAreThoseOfTheirPlaces() {
    auto alone = everything();
    alone.mixup = alone.cutmix = 0;
    const auto features = noise();
    const auto order = order_of();
    AugmentingFeed feed(features, shape, alone, 5, 2);
    const auto batches = epoch_of(feed, 4, order, 8);
    PictureVariation variation(alone, shape);
    std::vector<std::uint8_t> bytes(shape.size());
    for (std::size_t place = 0; place < order.size(); ++place) {
      variation.apply(features.bytes() + order[place] * columns, 5, 4, static_cast<std::int64_t>(place), bytes.data());
      const float* inputs = batches[place / 8].inputs.data() + place % 8 * shape.size();
      for (std::size_t i = 0; i < shape.size(); ++i)
        QCOMPARE(inputs[i], static_cast<float>(bytes[i]) * (2.0f / 255) - 1.0f);
    }
  }

  /// Every picture is of one grey level of its own, so that pixels tell what was blended with what share.
  void sharesMatchThePixels_data() {
    QTest::addColumn<bool>("cut");
    QTest::newRow("mixup") << false;
    QTest::newRow("cutmix") << true;
  }
  void sharesMatchThePixels() {
    QFETCH(bool, cut);
    auto bytes = std::make_shared<std::vector<std::uint8_t>>();
    for (std::int64_t row = 0; row < pictures; ++row)
      bytes->insert(bytes->end(), shape.size(), static_cast<std::uint8_t>(row * 5));
    const Features features(bytes, pictures, columns, 1, 10);
    Augmentation blend;
    (cut ? blend.cutmix : blend.mixup) = 1;
    AugmentingFeed feed(features, shape, blend, 9, 2);
    const auto order = order_of();
    const auto batches = epoch_of(feed, 1, order, 8);
    int between = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
      const auto& batch = batches[place / 8];
      QCOMPARE(batch.blends.size(), batch.inputs.size() / shape.size());
      const auto [partner, share] = batch.blends[place % 8];
      QVERIFY(partner != order[place]);
      // The partner is of the same batch.
      const auto begin = order.begin() + static_cast<std::ptrdiff_t>(place / 8 * 8);
      QVERIFY(std::find(begin, begin + static_cast<std::ptrdiff_t>(batch.blends.size()), partner) != order.end());
      const auto own = static_cast<float>(order[place] * 5 + 10);
      const auto other = static_cast<float>(partner * 5 + 10);
      const float* inputs = batch.inputs.data() + place % 8 * shape.size();
      between += share > 0 && share < 1;
      if (cut) {
        for (std::size_t c = 0; c < shape.channels; ++c) {
          const float* plane = inputs + c * shape.area();
          const auto kept = std::count(plane, plane + shape.area(), own);
          QCOMPARE(kept + std::count(plane, plane + shape.area(), other), static_cast<std::ptrdiff_t>(shape.area()));
          QVERIFY(std::abs(static_cast<float>(kept) / static_cast<float>(shape.area()) - share) < 1e-6f);
        }
      } else {
        for (std::size_t i = 0; i < shape.size(); ++i)
          QVERIFY(std::abs(inputs[i] - (share * own + (1 - share) * other)) < 1e-3f);
      }
    }
    QVERIFY(between > 20);
  }

  void aBatchOfOneIsNotBlended() {
    AugmentingFeed feed(noise(), shape, everything(), 5, 1);
    const std::vector<std::int64_t> order{4, 7, 9};
    const auto batches = epoch_of(feed, 1, order, 2);
    QCOMPARE(batches[1].blends.size(), std::size_t{1});
    QCOMPARE(batches[1].blends[0].first, std::int64_t{9});
    QCOMPARE(batches[1].blends[0].second, 1.0f);
  }

  void resumesInTheMiddle() {
    const auto order = order_of();
    AugmentingFeed whole(noise(), shape, everything(), 5, 2);
    const auto expected = epoch_of(whole, 3, order, 8);
    for (std::int64_t first = 0; first <= 5; ++first) {
      AugmentingFeed resumed(noise(), shape, everything(), 5, 2);
      const auto rest = epoch_of(resumed, 3, order, 8, first);
      QCOMPARE(rest.size(), static_cast<std::size_t>(5 - first));
      for (std::size_t b = 0; b < rest.size(); ++b) QVERIFY(rest[b] == expected[b + static_cast<std::size_t>(first)]);
    }
  }

  void epochsMayBeLeftEarly() {
    const auto order = order_of();
    AugmentingFeed feed(noise(), shape, everything(), 5, 3);
    AugmentingFeed fresh(noise(), shape, everything(), 5, 1);
    const auto expected = epoch_of(fresh, 2, order, 4);
    std::vector<float> inputs(4 * shape.size());
    std::vector<Blend> blends;
    for (int taken = 0; taken < 9; ++taken) {
      feed.begin(1, order, 4, 0);
      for (int i = 0; i < taken; ++i) feed.next(inputs.data(), blends);
      // Batches of another size come next.
      QVERIFY(epoch_of(feed, 2, order, 4) == expected);
      epoch_of(feed, 2, order, 16);
    }
  }

  void endsCleanlyAtAnyMoment() {
    const auto order = order_of();
    std::vector<float> inputs(2 * shape.size());
    std::vector<Blend> blends;
    for (int round = 0; round < 60; ++round) {
      AugmentingFeed feed(noise(), shape, everything(), 5, 1 + round % 4);
      if (round % 5 == 0) continue;  // never begun
      feed.begin(1, order, 2, 0);
      for (int taken = 0; taken < round % 7; ++taken) feed.next(inputs.data(), blends);
    }
    AugmentingFeed feed(noise(), shape, everything(), 5, 2);
    QVERIFY_EXCEPTION_THROWN(feed.next(inputs.data(), blends), std::logic_error);
    epoch_of(feed, 1, order, 2);
    QVERIFY_EXCEPTION_THROWN(feed.next(inputs.data(), blends), std::logic_error);
  }

  void errorsComeOutInTheirTurn() {
    std::vector<std::int64_t> order = order_of();
    order[9] = pictures;  // no such row, in the third batch
    AugmentingFeed feed(noise(), shape, everything(), 5, 2);
    std::vector<float> inputs(4 * shape.size());
    std::vector<Blend> blends;
    feed.begin(1, order, 4, 0);
    feed.next(inputs.data(), blends);
    feed.next(inputs.data(), blends);
    QVERIFY_EXCEPTION_THROWN(feed.next(inputs.data(), blends), std::out_of_range);
    feed.next(inputs.data(), blends);
    QCOMPARE(epoch_of(feed, 2, order_of(), 8).size(), std::size_t{5});
  }

  void theProblemDecides() {
    ProblemSet problem;
    problem.features = noise();
    problem.channels = 3;
    problem.height = 6;
    problem.width = 7;
    QVERIFY(dynamic_cast<PlainFeed*>(make_feed(problem, 5).get()));
    problem.augmentation = Augmentation{};
    QVERIFY(dynamic_cast<PlainFeed*>(make_feed(problem, 5).get()));
    problem.augmentation = everything();
    const auto feed = make_feed(problem, 5);
    AugmentingFeed same(noise(), shape, everything(), 5, 1);
    QVERIFY(epoch_of(*feed, 1, order_of(), 8) == epoch_of(same, 1, order_of(), 8));
    problem.features = Features(MatrixF::Ones(3, 3));
    problem.channels = problem.height = problem.width = 0;
    try {
      make_feed(problem, 5);
      QFAIL("a table was varied");
    } catch (const ParamError& error) {
      QCOMPARE(error.field(), std::string("augment"));
    }
  }
};

QTEST_APPLESS_MAIN(TestFeeds)
#include "test_feeds.moc"
