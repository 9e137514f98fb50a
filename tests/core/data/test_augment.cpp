#include "core/data/augment.hpp"

#include <QtTest>
#include <cmath>
#include <numeric>
#include <set>

#include "core/base/random.hpp"

using namespace gb;

namespace {

using Bytes = std::vector<std::uint8_t>;

const PictureShape color_shape{3, 11, 14};

Bytes noise(const PictureShape& shape, std::uint64_t seed = 3) {
  Bytes picture(shape.size());
  Random random(seed);
  for (auto& byte : picture) byte = static_cast<std::uint8_t>(random.below(256));
  return picture;
}

Bytes varied(const Augmentation& augmentation, const PictureShape& shape, const Bytes& picture, std::int64_t epoch,
             std::int64_t place = 0, std::uint64_t seed = 7) {
  Bytes out(picture.size());
  PictureVariation(augmentation, shape).apply(picture.data(), seed, epoch, place, out.data());
  return out;
}

Bytes mirrored(const PictureShape& shape, const Bytes& picture, bool x_too, bool y_too) {
  Bytes out(picture.size());
  for (std::size_t c = 0; c < shape.channels; ++c)
    for (std::size_t y = 0; y < shape.height; ++y)
      for (std::size_t x = 0; x < shape.width; ++x) {
        const std::size_t from_y = y_too ? shape.height - 1 - y : y;
        const std::size_t from_x = x_too ? shape.width - 1 - x : x;
        out[c * shape.area() + y * shape.width + x] = picture[c * shape.area() + from_y * shape.width + from_x];
      }
  return out;
}

/// A bright dot on black; where it lies afterwards, as (x, y) by the weight of its light.
struct Dot {
  PictureShape shape{1, 61, 61};
  Bytes at(std::size_t x, std::size_t y) const {
    Bytes picture(shape.size());
    for (std::size_t dy = 0; dy < 3; ++dy)
      for (std::size_t dx = 0; dx < 3; ++dx) picture[(y + dy - 1) * shape.width + x + dx - 1] = 250;
    return picture;
  }
  std::pair<double, double> found(const Bytes& picture) const {
    double sum = 0, x = 0, y = 0;
    for (std::size_t i = 0; i < picture.size(); ++i) {
      sum += picture[i];
      x += static_cast<double>(picture[i]) * static_cast<double>(i % shape.width);
      y += static_cast<double>(picture[i]) * static_cast<double>(i / shape.width);
    }
    return {x / sum, y / sum};
  }
};

double mean_of(const Bytes& picture) {
  return std::accumulate(picture.begin(), picture.end(), 0.0) / static_cast<double>(picture.size());
}

}  // namespace

class TestAugment : public QObject {
  Q_OBJECT
 private slots:
  void offChangesNothing() {
    const Augmentation off;
    QVERIFY(!off.changes_pictures() && !off.blends());
    const auto picture = noise(color_shape);
    for (int epoch = 0; epoch < 20; ++epoch) QCOMPARE(varied(off, color_shape, picture, epoch), picture);
  }

  void eachFieldTurnsSomethingOn() {
    for (const auto& spec : augmentation_schema().specs()) {
      if (spec.name == "fill") continue;
      const Json value = spec.kind == Kind::boolean ? Json(true) : spec.kind == Kind::integer ? Json(1) : Json(0.6);
      const auto on = augmentation_schema().read(Json{{spec.name, value}});
      const bool blend = spec.name == "mixup" || spec.name == "cutmix";
      QVERIFY2(on.changes_pictures() != blend && on.blends() == blend, spec.name.c_str());
      QVERIFY2(spec.kind == Kind::boolean || (spec.valid.bounded() && spec.search.bounded()), spec.name.c_str());
      QVERIFY(!spec.label.empty() && !spec.help.empty());
      if (blend) continue;
      const auto picture = noise(color_shape);
      std::set<Bytes> seen;
      for (int epoch = 0; epoch < 12; ++epoch) seen.insert(varied(on, color_shape, picture, epoch));
      QVERIFY2(seen.size() >= 2, spec.name.c_str());
    }
  }

  void flipsAreExact_data() {
    QTest::addColumn<bool>("x");
    QTest::addColumn<bool>("y");
    QTest::newRow("horizontal") << true << false;
    QTest::newRow("vertical") << false << true;
    QTest::newRow("both") << true << true;
  }
  void flipsAreExact() {
    QFETCH(bool, x);
    QFETCH(bool, y);
    Augmentation flips;
    flips.horizontal_flip = x;
    flips.vertical_flip = y;
    for (const PictureShape& shape : {color_shape, PictureShape{1, 28, 28}, PictureShape{1, 1, 5}}) {
      const auto picture = noise(shape);
      std::set<Bytes> allowed{picture};
      if (x) allowed.insert(mirrored(shape, picture, true, false));
      if (y) allowed.insert(mirrored(shape, picture, false, true));
      if (x && y) allowed.insert(mirrored(shape, picture, true, true));
      std::map<Bytes, int> seen;
      for (int place = 0; place < 400; ++place) ++seen[varied(flips, shape, picture, 1, place)];
      for (const auto& [result, count] : seen) {
        QVERIFY(allowed.contains(result));
        // 400 draws of one half or one quarter: far from these bounds.
        QVERIFY(count > (x && y ? 50 : 140));
      }
      QCOMPARE(seen.size(), allowed.size());
    }
  }

  void cropsMoveByWholePixels() {
    Augmentation crop;
    crop.crop_padding = 2;
    crop.fill = Fill::black;
    const PictureShape shape{1, 5, 6};
    const auto picture = noise(shape);
    std::set<Bytes> allowed;
    for (int dy = -2; dy <= 2; ++dy)
      for (int dx = -2; dx <= 2; ++dx) {
        Bytes moved(picture.size());
        for (int y = 0; y < 5; ++y)
          for (int x = 0; x < 6; ++x)
            if (y - dy >= 0 && y - dy < 5 && x - dx >= 0 && x - dx < 6)
              moved[static_cast<std::size_t>(y * 6 + x)] = picture[static_cast<std::size_t>((y - dy) * 6 + x - dx)];
        allowed.insert(moved);
      }
    std::set<Bytes> seen;
    for (int place = 0; place < 600; ++place) {
      const auto result = varied(crop, shape, picture, 1, place);
      QVERIFY(allowed.contains(result));
      seen.insert(result);
    }
    QCOMPARE(seen.size(), std::size_t{25});
  }

  void rotationKeepsItsLimit() {
    const Dot dot;
    Augmentation turn;
    turn.rotate = 30;
    double smallest = 0, largest = 0;
    for (int place = 0; place < 300; ++place) {
      const auto [x, y] = dot.found(varied(turn, dot.shape, dot.at(50, 30), 1, place));
      QVERIFY(std::abs(std::hypot(x - 30, y - 30) - 20) < 0.3);
      const double angle = std::atan2(y - 30, x - 30) * 180 / M_PI;
      smallest = std::min(smallest, angle);
      largest = std::max(largest, angle);
    }
    QVERIFY(smallest > -31 && smallest < -27);
    QVERIFY(largest < 31 && largest > 27);
  }

  void scaleShiftAndShearKeepTheirLimits() {
    const Dot dot;
    Augmentation scale, shift, shear;
    scale.scale = 0.5;
    shift.shift = 0.1;
    shear.shear = 20;
    double least = 100, most = 0, left = 0, right = 0, down = 0, up = 0, slant = 0;
    for (int place = 0; place < 300; ++place) {
      const auto [x, y] = dot.found(varied(scale, dot.shape, dot.at(42, 30), 1, place));
      least = std::min(least, (x - 30) / 12);
      most = std::max(most, (x - 30) / 12);
      QVERIFY(std::abs(y - 30) < 0.3);
      const auto [moved_x, moved_y] = dot.found(varied(shift, dot.shape, dot.at(30, 30), 1, place));
      left = std::min(left, moved_x - 30);
      right = std::max(right, moved_x - 30);
      up = std::min(up, moved_y - 30);
      down = std::max(down, moved_y - 30);
      const auto [slanted_x, slanted_y] = dot.found(varied(shear, dot.shape, dot.at(30, 50), 1, place));
      QVERIFY(std::abs(slanted_y - 50) < 0.3);
      slant = std::max(slant, std::abs(slanted_x - 30));
    }
    QVERIFY(least > 1 / 1.5 - 0.03 && least < 1 / 1.5 + 0.05);
    QVERIFY(most < 1.53 && most > 1.44);
    for (const double moved : {-left, right, -up, down}) QVERIFY(moved > 5.5 && moved < 6.2);
    QVERIFY(slant < 20 * std::tan(20 * M_PI / 180) + 0.3 && slant > 6.5);
  }

  void geometryIsOneWarp() {
    const Dot dot;
    Augmentation all;
    all.rotate = 10;
    all.shift = 0.05;
    all.horizontal_flip = true;
    // One bilinear warp keeps the middle of a 3 x 3 dot at full height; a second one would not.
    for (int place = 0; place < 50; ++place) {
      const auto result = varied(all, dot.shape, dot.at(40, 30), 1, place);
      QVERIFY(*std::max_element(result.begin(), result.end()) >= 248);
    }
  }

  void fillIsWhatItSays() {
    Augmentation shift;
    shift.shift = 1;
    const PictureShape shape{3, 8, 8};
    const Bytes picture(shape.size(), 77);
    for (const auto& [fill, value] : {std::pair(Fill::black, 0), std::pair(Fill::white, 255)}) {
      shift.fill = fill;
      std::set<int> values;
      for (int place = 0; place < 40; ++place)
        for (const auto byte : varied(shift, shape, picture, 1, place)) values.insert(byte);
      QVERIFY(values.contains(value));
    }
    for (const auto fill : {Fill::edge, Fill::reflect}) {
      shift.fill = fill;
      for (int place = 0; place < 40; ++place) QCOMPARE(varied(shift, shape, picture, 1, place), picture);
    }
  }

  void brightnessAndContrast() {
    Augmentation bright, contrast;
    bright.brightness = 0.2;
    contrast.contrast = 0.5;
    const PictureShape shape{1, 2, 2};
    const Bytes picture{100, 110, 120, 130};
    double lowest = 300, highest = 0, flattest = 100, steepest = 0;
    for (int place = 0; place < 500; ++place) {
      const auto lit = varied(bright, shape, picture, 1, place);
      QCOMPARE(lit[3] - lit[0], 30);
      lowest = std::min(lowest, static_cast<double>(lit[0]));
      highest = std::max(highest, static_cast<double>(lit[0]));
      const auto steep = varied(contrast, shape, picture, 1, place);
      QVERIFY(std::abs(mean_of(steep) - 115) <= 0.5);
      flattest = std::min(flattest, static_cast<double>(steep[3] - steep[0]));
      steepest = std::max(steepest, static_cast<double>(steep[3] - steep[0]));
    }
    QVERIFY(lowest >= 49 && lowest < 53 && highest <= 151 && highest > 147);
    QVERIFY(flattest >= 15 && flattest < 17 && steepest <= 45 && steepest > 43);
  }

  void coloursLeaveGreysAndLight() {
    Augmentation colors;
    colors.hue = 180;
    colors.saturation = 1;
    const PictureShape shape{3, 1, 2};
    const Bytes picture{120, 90, 120, 110, 120, 130};  // a grey pixel and a coloured one
    std::set<Bytes> seen;
    for (int place = 0; place < 100; ++place) {
      const auto out = varied(colors, shape, picture, 1, place);
      QVERIFY(out[0] == 120 && out[2] == 120 && out[4] == 120);
      const double light = 0.213 * out[1] + 0.715 * out[3] + 0.072 * out[5];
      QVERIFY(std::abs(light - (0.213 * 90 + 0.715 * 110 + 0.072 * 130)) < 1);
      seen.insert(out);
    }
    QVERIFY(seen.size() > 50);
    // One channel has no colours to turn.
    QCOMPARE(varied(colors, {1, 1, 6}, picture, 1, 1), picture);
  }

  void noiseHasItsDeviation() {
    Augmentation noisy;
    noisy.noise = 10;
    const PictureShape shape{1, 100, 100};
    const Bytes picture(shape.size(), 128);
    const auto out = varied(noisy, shape, picture, 1);
    double squares = 0;
    for (const auto byte : out) squares += (byte - 128.0) * (byte - 128.0);
    QVERIFY(std::abs(mean_of(out) - 128) < 0.5);
    QVERIFY(std::abs(std::sqrt(squares / 10000) - 10) < 0.4);
  }

  void blurKeepsTheLight() {
    const Dot dot;
    Augmentation blur;
    blur.blur = 3;
    const auto picture = dot.at(30, 30);
    int flattened = 0;
    for (int place = 0; place < 50; ++place) {
      const auto out = varied(blur, dot.shape, picture, 1, place);
      QVERIFY(std::abs(mean_of(out) - mean_of(picture)) < 0.1);
      flattened += *std::max_element(out.begin(), out.end()) < 200;
    }
    QVERIFY(flattened > 20 && flattened < 50);
  }

  void cutoutBlanksItsShare() {
    Augmentation cut;
    cut.cutout = 0.5;
    cut.fill = Fill::black;
    const PictureShape shape{3, 8, 10};
    const Bytes picture(shape.size(), 200);
    std::set<Bytes> seen;
    for (int place = 0; place < 100; ++place) {
      const auto out = varied(cut, shape, picture, 1, place);
      QCOMPARE(std::count(out.begin(), out.end(), 0), std::ptrdiff_t{3 * 4 * 5});
      QCOMPARE(std::count(out.begin(), out.end(), 200), std::ptrdiff_t{3 * (80 - 20)});
      seen.insert(out);
    }
    QVERIFY(seen.size() > 15 && seen.size() <= 30);
  }

  void onlySeedEpochAndPlaceDecide() {
    Augmentation all;
    all.horizontal_flip = true;
    all.rotate = 20;
    all.noise = 5;
    all.hue = 40;
    all.cutout = 0.3;
    const auto picture = noise(color_shape);
    const auto first = varied(all, color_shape, picture, 3, 5, 11);
    // One variation that has worked before gives what a fresh one gives.
    PictureVariation worked(all, color_shape);
    Bytes out(picture.size());
    for (int place = 0; place < 6; ++place) worked.apply(picture.data(), 11, 3, place, out.data());
    QCOMPARE(out, first);
    QVERIFY(varied(all, color_shape, picture, 4, 5, 11) != first);
    QVERIFY(varied(all, color_shape, picture, 3, 6, 11) != first);
    QVERIFY(varied(all, color_shape, picture, 3, 5, 12) != first);
    const ImageSet set{6, 3, 11, 14, std::make_shared<const Bytes>([&] {
                         Bytes pixels;
                         for (int i = 0; i < 6; ++i) pixels.insert(pixels.end(), picture.begin(), picture.end());
                         return pixels;
                       }())};
    QCOMPARE(augmented(set, 5, all, 11, 3), first);
  }

  void oneKnobLeavesTheOthers() {
    Augmentation flip;
    flip.horizontal_flip = true;
    Augmentation more = flip;
    more.brightness = 0.3;
    const PictureShape shape{1, 1, 2};
    const Bytes picture{100, 120};
    for (int place = 0; place < 50; ++place) {
      const auto plain = varied(flip, shape, picture, 1, place);
      const auto lit = varied(more, shape, picture, 1, place);
      QCOMPARE(lit[1] - lit[0], plain[1] - plain[0]);
    }
  }

  void blendsHaveTheirShares() {
    Augmentation cut;
    cut.cutmix = 1;
    const PictureShape shape{3, 16, 16};
    double sum = 0;
    for (int place = 0; place < 2000; ++place) {
      const auto draw = draw_blend(cut, shape, 1, 1, place, static_cast<std::size_t>(place % 10), 10);
      QVERIFY(draw.kind == BlendDraw::Kind::cutmix);
      QVERIFY(draw.partner < 10 && draw.partner != static_cast<std::size_t>(place % 10));
      QVERIFY(draw.top <= draw.bottom && draw.bottom <= 16 && draw.left <= draw.right && draw.right <= 16);
      const auto area = static_cast<double>((draw.bottom - draw.top) * (draw.right - draw.left));
      QCOMPARE(draw.share, static_cast<float>(1 - area / 256));
    }
    // Beta(a, a): mean 1/2, variance 1 / (8 a + 4).
    for (const double alpha : {0.2, 1.0, 4.0}) {
      Augmentation mix;
      mix.mixup = alpha;
      sum = 0;
      double squares = 0;
      for (int place = 0; place < 4000; ++place) {
        const auto draw = draw_blend(mix, shape, 1, 1, place, 0, 5);
        QVERIFY(draw.kind == BlendDraw::Kind::mixup);
        QVERIFY(draw.share >= 0 && draw.share <= 1);
        sum += draw.share;
        squares += (draw.share - 0.5) * (draw.share - 0.5);
      }
      QVERIFY(std::abs(sum / 4000 - 0.5) < 0.03);
      QVERIFY(std::abs(squares / 4000 * (8 * alpha + 4) - 1) < 0.08);
    }
    Augmentation both;
    both.mixup = both.cutmix = 1;
    int mixed = 0;
    for (int place = 0; place < 1000; ++place)
      mixed += draw_blend(both, shape, 1, 1, place, 0, 5).kind == BlendDraw::Kind::mixup;
    QVERIFY(mixed > 400 && mixed < 600);
    QVERIFY(draw_blend(both, shape, 1, 1, 0, 0, 1).kind == BlendDraw::Kind::none);
  }
};

QTEST_APPLESS_MAIN(TestAugment)
#include "test_augment.moc"
