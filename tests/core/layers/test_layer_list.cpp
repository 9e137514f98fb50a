#include <QtTest>
#include <algorithm>
#include <cmath>
#include <set>

#include "core/graph/executable.hpp"
#include "core/graph/passes.hpp"
#include "core/layers/layer_list.hpp"
#include "core/layers/layer_types.hpp"
#include "core/layers/presets.hpp"

using namespace gb;

namespace {

Json parsed(const char* text) {
  return Json::parse(text);
}

/// The shape that a list makes of pictures, its output layer left out.
Shape shape_after(const Json& layers, const Shape& input) {
  const NetworkSummary summary = summarize(layers, input, 10);
  Shape shape;
  for (const auto& row : summary.layers) {
    if (!row.error.empty()) throw ParamError(row.error);
    if (!row.added && row.depth == 0) shape = row.shape;
  }
  return shape;
}

ParamError refusal(const Json& layers, const Shape& input, std::int64_t outputs = 10) {
  try {
    build_network(layers, input, outputs);
  } catch (const ParamError& error) {
    return error;
  }
  return ParamError("nothing was refused");
}

QString text_of(const Shape& shape) {
  return QString::fromStdString(extents_text(shape));
}

std::int64_t parameters_of(const Network& network) {
  std::int64_t count = 0;
  for (const ValueId id : network.graph.parameters()) count += volume(network.graph.value(id).shape);
  return count;
}

}  // namespace

class TestLayerList : public QObject {
  Q_OBJECT
 private slots:
  /// Output extents, as Keras makes them.
  void shapes_data() {
    QTest::addColumn<QString>("layer");
    QTest::addColumn<QString>("shape");
    const auto row = [](const char* name, const char* layer, const char* shape) {
      QTest::newRow(name) << QString(layer) << QString(shape);
    };
    // Pictures of 3 x 9 x 12.
    row("convolution", R"({"type":"Conv2D","filters":5,"kernel_size":3})", "[5, 7, 10]");
    row("two extents", R"({"type":"Conv2D","filters":5,"kernel_size":[3,5]})", "[5, 7, 8]");
    row("strides", R"({"type":"Conv2D","filters":5,"kernel_size":3,"strides":2})", "[5, 4, 5]");
    row("same", R"({"type":"Conv2D","filters":5,"kernel_size":4,"padding":"same"})", "[5, 9, 12]");
    row("same with strides", R"({"type":"Conv2D","filters":5,"kernel_size":3,"strides":2,"padding":"same"})",
        "[5, 5, 6]");
    row("stride beyond the window", R"({"type":"Conv2D","filters":5,"kernel_size":1,"strides":4,"padding":"same"})",
        "[5, 3, 3]");
    row("dilated", R"({"type":"Conv2D","filters":5,"kernel_size":3,"dilation_rate":2})", "[5, 5, 8]");
    row("groups", R"({"type":"Conv2D","filters":6,"kernel_size":3,"groups":3})", "[6, 7, 10]");
    row("depthwise", R"({"type":"DepthwiseConv2D","depth_multiplier":2})", "[6, 7, 10]");
    row("transposed", R"({"type":"Conv2DTranspose","filters":4,"kernel_size":3,"strides":2})", "[4, 19, 25]");
    row("transposed, same", R"({"type":"Conv2DTranspose","filters":4,"kernel_size":3,"strides":2,"padding":"same"})",
        "[4, 18, 24]");
    row("transposed, wide stride", R"({"type":"Conv2DTranspose","filters":4,"kernel_size":2,"strides":3})",
        "[4, 27, 36]");
    row("transposed, wide stride, same",
        R"({"type":"Conv2DTranspose","filters":4,"kernel_size":2,"strides":3,"padding":"same"})", "[4, 27, 36]");
    row("maximum", R"("MaxPooling2D")", "[3, 4, 6]");
    row("maximum, same", R"({"type":"MaxPooling2D","padding":"same"})", "[3, 5, 6]");
    row("average with strides", R"({"type":"AveragePooling2D","pool_size":3,"strides":1})", "[3, 7, 10]");
    row("global", R"("GlobalAveragePooling2D")", "[3]");
    row("global, kept", R"({"type":"GlobalAveragePooling2D","keepdims":true})", "[3, 1, 1]");
    row("flatten", R"("Flatten")", "[324]");
    row("reshape", R"({"type":"Reshape","target_shape":[9,-1,4]})", "[9, 9, 4]");
    row("reshape to rows", R"({"type":"Reshape","target_shape":-1})", "[324]");
    row("upsampling", R"({"type":"UpSampling2D","size":[2,3]})", "[3, 18, 36]");
    row("batch normalization", R"("BatchNormalization")", "[3, 9, 12]");
    row("layer normalization", R"("LayerNormalization")", "[3, 9, 12]");
    row("dropout", R"({"type":"Dropout","rate":0.2})", "[3, 9, 12]");
    row("prelu", R"({"type":"Activation","activation":"prelu"})", "[3, 9, 12]");
    row("residual with a projection",
        R"({"type":"Residual","layers":[{"type":"Conv2D","filters":8,"padding":"same","strides":2}]})", "[8, 5, 6]");
  }
  void shapes() {
    QFETCH(QString, layer);
    QFETCH(QString, shape);
    const Json layers = Json::array({Json::parse(layer.toStdString())});
    QCOMPARE(text_of(shape_after(layers, {3, 9, 12})), shape);
    build_network(layers, {3, 9, 12}, 10);
  }

  /// Every type stands in the list of shapes above, or is joined below.
  void everyTypeIsDescribed() {
    QVERIFY(layer_types().size() >= 17);
    for (const auto& info : layer_types()) {
      QVERIFY2(!info.label.empty() && !info.help.empty() && !info.family.empty(), info.type.c_str());
      QVERIFY2(find_spec(info.fields, "name"), info.type.c_str());
      for (const auto& spec : info.fields) QVERIFY2(!spec.label.empty() && !spec.help.empty(), spec.name.c_str());
    }
  }

  /// Bad values of every field of every type are refused below the layer's path.
  void badFieldsAreRefused_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("field");
    QTest::addColumn<int>("value");
    for (const auto& info : layer_types())
      for (std::size_t i = 0; i < info.fields.size(); ++i)
        for (std::size_t k = 0; k < bad_values(info.fields[i]).size(); ++k)
          QTest::addRow("%s %s %zu", info.type.c_str(), info.fields[i].name.c_str(), k)
              << QString::fromStdString(info.type) << static_cast<int>(i) << static_cast<int>(k);
  }
  void badFieldsAreRefused() {
    QFETCH(QString, type);
    QFETCH(int, field);
    QFETCH(int, value);
    const auto& spec = find_layer_type(type.toStdString())->fields[static_cast<std::size_t>(field)];
    const Json bad = bad_values(spec)[static_cast<std::size_t>(value)];
    // A bare number stands for a list of one.
    if (spec.kind == Kind::integers && bad.is_number() && bad == 3) return;
    const Json layers = Json::array({Json{{"type", type.toStdString()}, {spec.name, bad}}});
    const auto error = refusal(layers, {3, 9, 12});
    QVERIFY2(error.field().starts_with("algorithm.params.layers[0]." + spec.name), error.what());
    QVERIFY(!error.allowed().empty());
  }

  void refusals_data() {
    QTest::addColumn<QString>("layers");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, const char* layers, const char* field, const char* text) {
      QTest::newRow(name) << QString(layers) << QString("algorithm.params.layers") + field << QString(text);
    };
    row("window", R"([{"type":"Conv2D","filters":4}, "MaxPooling2D", {"type":"Conv2D","kernel_size":5}])",
        "[2].kernel_size", "layer 3 (Conv2D): its window of 5 x 5 does not fit pictures of 3 x 3");
    row("dilated window", R"([{"type":"Conv2D","dilation_rate":4}])", "[0].kernel_size", "dilated to 9 x 9");
    row("unknown type", R"(["Flaten"])", "[0].type", "did you mean 'Flatten'?");
    row("other case", R"(["conv2d"])", "[0].type", "did you mean 'Conv2D'?");
    row("activation as a type", R"(["HardSwish"])", "[0].type",
        R"({"type": "Activation", "activation": "hard_swish"})");
    row("no type", R"([{"units":3}])", "[0]", "layer 1");
    row("unknown field", R"([{"type":"Conv2D","filter":3}])", "[0].filter", "did you mean 'filters'?");
    row("pictures into dense", R"([{"type":"Dense","units":3},"Flatten"])", "[0]",
        "layer 1 (Dense): it works on rows of numbers, but gets pictures of 1 x 8 x 8 (channels x height x width)");
    row("rows into a convolution", R"(["Flatten","Conv2D"])", "[1]", "gets rows of 64 numbers");
    row("groups", R"([{"type":"Conv2D","filters":4},{"type":"Conv2D","filters":4,"groups":3}])", "[1].groups",
        "3 groups do not divide 4 channels and 4 filters");
    row("no numbers", R"([{"type":"Conv2D","kernel_size":[]}])", "[0].kernel_size", "has 0 numbers");
    row("unknown input", R"([{"type":"Flatten","input":"nowhere"}])", "[0].input", "reads 'nowhere'");
    row("name taken", R"([{"type":"Dropout","name":"a"},{"type":"Dropout","name":"a"}])", "[1].name", "is taken");
    row("reserved name", R"([{"type":"Dropout","name":"input"}])", "[0].name", "network's input");
    row("shapes to add",
        R"([{"type":"Conv2D","name":"a"},{"type":"Conv2D","name":"b"},{"type":"Add","inputs":["a","b"]}])",
        "[2].inputs",
        "pictures of 32 x 6 x 6 (channels x height x width) and pictures of 32 x 4 x 4 (channels x height x width)");
    row("nothing to add", R"(["Add"])", "[0].inputs", "names none");
    row("dead end", R"([{"type":"Conv2D"},{"type":"Flatten","input":"input"}])", "[0]", "leads nowhere");
    row("reshape", R"([{"type":"Reshape","target_shape":[3,3]}])", "[0].target_shape", "2 extents");
    row("reshape that does not fill", R"([{"type":"Reshape","target_shape":[5,-1,1]}])", "[0].target_shape",
        "64 numbers");
    row("nested", R"([{"type":"Residual","layers":["Dropout",{"type":"Conv2D","kernel_size":9}]}])",
        "[0].layers[1].kernel_size", "layer 1 (Residual), layer 2 (Conv2D): its window of 9 x 9");
    row("branch of another size", R"([{"type":"Residual","layers":[{"type":"Conv2D"}]}])", "[0].layers",
        "no stride makes");
    row("empty branch", R"([{"type":"Residual"}])", "[0].layers", "no layers");
    row("softmax over pictures", R"([{"type":"Activation","activation":"softmax"},"Flatten"])", "[0].activation",
        "softmax shares out rows");
    row("softmax of another width", R"(["Flatten",{"type":"Dense","units":12,"activation":"softmax"}])", "[1].units",
        "12 units ends the network, but it has to answer 10 classes");
    row("too large", R"([{"type":"UpSampling2D","size":64},{"type":"UpSampling2D","size":64},
                         {"type":"UpSampling2D","size":64}])",
        "[2]", "more than memory holds");
    row("no list", R"({"type":"Dense"})", "", "must be a list of layers");
  }
  void refusals() {
    QFETCH(QString, layers);
    QFETCH(QString, field);
    QFETCH(QString, text);
    const Json list = Json::parse(layers.toStdString());
    const auto error = refusal(list, {1, 8, 8});
    QCOMPARE(QString::fromStdString(error.field()), field);
    QVERIFY2(QString(error.what()).contains(text), error.what());
    // The summary tells the same at the same place, without throwing.
    const auto summary = summarize(list, {1, 8, 8}, 10);
    QVERIFY(!summary.valid());
    const auto row = std::find_if(summary.layers.begin(), summary.layers.end(),
                                  [](const LayerSummary& layer) { return !layer.error.empty(); });
    QCOMPARE(QString::fromStdString(row->error), QString(error.what()));
    QCOMPARE(QString::fromStdString(row->field), field);
  }

  void theOutputLayerIsAddedWhereItIsMissing() {
    const auto added = [](const char* layers, std::int64_t outputs = 10) {
      const auto summary = summarize(parsed(layers), {1, 8, 8}, outputs);
      std::string types;
      for (const auto& row : summary.layers)
        if (row.added) types += row.type + " " + (row.note.starts_with("added") ? "" : "(no note) ");
      return QString::fromStdString(types);
    };
    QCOMPARE(added(R"(["Flatten",{"type":"Dense","units":10}])"), QString());
    QCOMPARE(added(R"(["Flatten",{"type":"Dense","units":10,"activation":"softmax"}])"), QString());
    QCOMPARE(added(R"(["Flatten",{"type":"Dense","units":10},{"type":"Activation","activation":"softmax"}])"),
             QString());
    QCOMPARE(added(R"(["Flatten",{"type":"Dense","units":10,"activation":"relu"}])"), QString("Dense "));
    QCOMPARE(added(R"(["Flatten",{"type":"Dense","units":12}])"), QString("Dense "));
    QCOMPARE(added(R"([{"type":"Conv2D","filters":10}])"), QString("Flatten Dense "));
    QCOMPARE(added("[]"), QString("Flatten Dense "));
    QCOMPARE(added(R"(["Flatten",{"type":"Dense","units":1}])", 1), QString());
  }

  void theNetworkEndsInScores() {
    const Network network =
        build_network(parsed(R"(["Flatten",{"type":"Dense","units":10,"activation":"softmax"}])"), {1, 8, 8}, 10);
    QCOMPARE(QString::fromStdString(network.graph.nodes().back().op), QString("Gemm"));
    QCOMPARE(text_of(network.graph.value(network.output).shape), QString("[N, 10]"));
  }

  void parametersAreNamedAfterTheirLayers() {
    const Network network = build_network(
        parsed(R"(["Conv2D",{"type":"Conv2D","name":"conv2d_2","kernel_size":1},"Conv2D","BatchNormalization"])"),
        {1, 8, 8}, 3);
    QStringList names;
    for (const ValueId id : network.graph.kept()) names << QString::fromStdString(network.graph.value(id).name);
    QCOMPARE(names.join(" "),
             QString("conv2d_1.weight conv2d_1.bias conv2d_2.weight conv2d_2.bias conv2d_3.weight conv2d_3.bias "
                     "batch_normalization_1.scale batch_normalization_1.bias dense_1.weight dense_1.bias "
                     "batch_normalization_1.mean batch_normalization_1.variance"));
  }

  void firstWeightsGoByTheActivation() {
    const auto initializer = [](const char* layer) {
      const Network network = build_network(Json::array({"Flatten", parsed(layer)}), {1, 8, 8}, 3);
      return network.graph.value(network.graph.parameters().front()).filling.initializer;
    };
    QCOMPARE(initializer(R"({"type":"Dense","activation":"relu"})"), Initializer::he_uniform);
    QCOMPARE(initializer(R"({"type":"Dense","activation":"selu"})"), Initializer::lecun_uniform);
    QCOMPARE(initializer(R"({"type":"Dense","activation":"tanh"})"), Initializer::glorot_uniform);
    QCOMPARE(initializer(R"("Dense")"), Initializer::glorot_uniform);
    QCOMPARE(initializer(R"({"type":"Dense","activation":"relu","kernel_initializer":"he_normal"})"),
             Initializer::he_normal);
  }

  /// Fan-in counts what one output sums up.
  void fansOfConvolutionsCountTheirWindow() {
    const Network network = build_network(
        parsed(R"([{"type":"Conv2D","filters":8,"kernel_size":[3,5]},{"type":"Conv2D","filters":4,"groups":2},
                   "DepthwiseConv2D"])"),
        {3, 20, 20}, 2);
    const auto fans = [&](std::size_t parameter) {
      const auto& filling = network.graph.value(network.graph.parameters()[parameter]).filling;
      return QString("%1 %2").arg(filling.fan_in).arg(filling.fan_out);
    };
    QCOMPARE(fans(0), QString("45 120"));
    QCOMPARE(fans(2), QString("36 18"));
    QCOMPARE(fans(4), QString("9 9"));
  }

  /// The figures of Keras' summary() for the same layers, and products counted by hand.
  void costsAreThoseOfKeras() {
    const auto summary =
        summarize(parsed(R"([{"type":"Conv2D","filters":32,"activation":"relu"},"MaxPooling2D","Flatten",
                   {"type":"Dense","units":64,"activation":"relu"},{"type":"Dense","units":10}])"),
                  {1, 28, 28}, 10);
    QVERIFY(summary.valid());
    std::vector<std::int64_t> parameters;
    for (const auto& row : summary.layers) parameters.push_back(row.cost.parameters);
    QCOMPARE(parameters, (std::vector<std::int64_t>{320, 0, 0, 346176, 650}));
    QCOMPARE(summary.total.parameters, 347146);
    QCOMPARE(summary.layers[0].cost.multiply_adds, 26 * 26 * 32 * 9);
    QCOMPARE(summary.layers[3].cost.multiply_adds, 5408 * 64);
    // Sums and their activation.
    QCOMPARE(summary.layers[0].cost.activation_bytes, 4 * 2 * 26 * 26 * 32);
    QCOMPARE(text_of(summary.layers[1].shape), QString("[32, 13, 13]"));
  }

  void aSummaryCostsWhatTheNetworkHas() {
    for (const auto& preset : network_presets()) {
      const auto summary = summarize(preset.layers, {3, 32, 32}, 10);
      QVERIFY2(summary.valid(), preset.name.c_str());
      QCOMPARE(summary.total.parameters, parameters_of(build_network(preset.layers, {3, 32, 32}, 10)));
    }
  }

  void aBlockIncludesWhatItHolds() {
    const auto summary = summarize(
        parsed(R"([{"type":"Residual","layers":[{"type":"Conv2D","filters":4,"padding":"same"}]}])"), {4, 8, 8}, 2);
    QCOMPARE(summary.layers[0].path, std::string("[0]"));
    QCOMPARE(summary.layers[1].path, std::string("[0].layers[0]"));
    QCOMPARE(summary.layers[1].depth, 1);
    QCOMPARE(summary.layers[0].cost.parameters, 4 * 4 * 9 + 4);
    QCOMPARE(summary.layers[1].cost.parameters, 4 * 4 * 9 + 4);
    QCOMPARE(summary.total.parameters, 148 + 4 * 8 * 8 * 2 + 2);
  }

  /// Where the shapes differ, the input is projected and normalized as the branch is.
  void residualBlocksProject() {
    const Network network = build_network(
        parsed(R"([{"type":"Residual","layers":[{"type":"Conv2D","filters":8,"padding":"same","strides":2},
                   "BatchNormalization"]},"GlobalAveragePooling2D"])"),
        {4, 9, 9}, 2);
    QStringList names;
    for (const ValueId id : network.graph.kept()) names << QString::fromStdString(network.graph.value(id).name);
    QVERIFY(names.contains("residual_1.projection.weight"));
    QVERIFY(names.contains("residual_1.projection.mean"));
    QVERIFY(!build_network(parsed(R"([{"type":"Residual","layers":["Dropout"]}])"), {4, 9, 9}, 2)
                 .graph.parameters()
                 .empty());
  }

  void branchesJoin() {
    const auto joined = [](const char* layers) { return text_of(shape_after(parsed(layers), {3, 9, 12})); };
    QCOMPARE(joined(R"([{"type":"Conv2D","name":"a","filters":4},{"type":"Conv2D","name":"b","filters":6,
                       "input":"input"},{"type":"Concatenate","inputs":["a","b"]}])"),
             QString("[10, 7, 10]"));
    // With one name, the layer before is the other.
    QCOMPARE(joined(R"([{"type":"Conv2D","name":"a","padding":"same"},{"type":"Conv2D","padding":"same"},
                       {"type":"Add","inputs":["a"]}])"),
             QString("[32, 9, 12]"));
    // Squeeze and excitation.
    QCOMPARE(joined(R"([{"type":"Conv2D","name":"a"},{"type":"GlobalAveragePooling2D","keepdims":true},
                       {"type":"Conv2D","kernel_size":1,"activation":"sigmoid"},{"type":"Multiply","inputs":["a"]}])"),
             QString("[32, 7, 10]"));
  }

  /// Layers behind an error are checked as far as their fields go.
  void theRestOfAListIsCheckedToo() {
    const auto summary = summarize(
        parsed(R"([{"type":"Conv2D","kernel_size":99},"MaxPooling2D",{"type":"Dense","units":0}])"), {1, 8, 8}, 10);
    QCOMPARE(summary.layers.size(), std::size_t{3});
    QVERIFY(!summary.layers[0].error.empty());
    QVERIFY(summary.layers[1].error.empty() && summary.layers[1].shape.empty());
    QCOMPARE(summary.layers[2].field, std::string("algorithm.params.layers[2].units"));
  }

  /// Keras' "same" puts the extra zero at the end: a window of 2 looks at a pixel and the one after it.
  void samePaddingPutsTheExtraZeroAtTheEnd() {
    const Network network = build_network(
        parsed(R"([{"type":"Conv2D","filters":1,"kernel_size":2,"padding":"same","use_bias":false}])"), {1, 2, 2}, 4);
    QCOMPARE(integers_attribute(network.graph.nodes().front().attributes, "pads", {}),
             (std::vector<std::int64_t>{0, 0, 1, 1}));
  }

  /// Every layer type computes and has gradients, in a network that holds all of them.
  void everyTypeRunsForwardsAndBackwards() {
    const Json layers = parsed(R"([
      {"type":"Conv2D","name":"first","filters":4,"padding":"same","activation":"gelu"},
      "BatchNormalization", {"type":"Activation","activation":"hard_swish"},
      {"type":"DepthwiseConv2D","padding":"same","activation":"prelu"}, {"type":"Add","inputs":["first"]},
      "LayerNormalization", {"type":"Dropout","rate":0.3}, "LeakyReLU", {"type":"GaussianNoise","stddev":0.2},
      {"type":"Conv2DTranspose","spectral_norm":true,"filters":3,"kernel_size":2,"strides":2,"activation":"elu"},
      {"type":"AveragePooling2D","padding":"same"}, {"type":"UpSampling2D","interpolation":"bilinear"},
      {"type":"MaxPooling2D","name":"pooled"}, {"type":"Conv2D","filters":3,"kernel_size":1,"activation":"softplus"},
      {"type":"Concatenate","inputs":["pooled"]},
      {"type":"Conv2D","name":"body","filters":6,"groups":3,"kernel_size":3,"dilation_rate":2,"padding":"same"},
      {"type":"GlobalAveragePooling2D","keepdims":true},
      {"type":"Conv2D","filters":6,"kernel_size":1,"activation":"sigmoid"}, {"type":"Multiply","inputs":["body"]},
      {"type":"Residual","layers":[{"type":"Conv2D","filters":5,"strides":2,"padding":"same"},"BatchNormalization"]},
      {"type":"Reshape","target_shape":[5,2,8]}, "Flatten", {"type":"Dense","units":7,"activation":"tanh"}])");
    Network network = build_network(layers, {2, 8, 8}, 3);
    std::set<std::string> used;
    for (const auto& row : summarize(layers, {2, 8, 8}, 3).layers) used.insert(row.type);
    for (const auto& info : layer_types()) QVERIFY2(used.contains(info.type), info.type.c_str());

    Graph& graph = network.graph;
    Storage kept(graph, graph.kept());
    Random random(5);
    initialize(graph, kept, random);
    const ValueId labels = graph.labels("labels", {any_batch});
    const ValueId loss = graph.add_all("SoftmaxCrossEntropyLoss", {network.output, labels})[0];
    const auto gradients = differentiate(graph, loss, graph.parameters());
    auto outputs = gradients;
    outputs.push_back(loss);
    const auto device = make_device(DeviceKind::reference);
    Executable one(graph, *device, 2, outputs, bindings(graph, kept));
    for (float& value : one.value<float>(network.input)) value = static_cast<float>(random.normal());
    for (auto& label : one.value<std::int32_t>(labels)) label = 1;
    one.run();
    QVERIFY(std::isfinite(one.value<float>(loss)[0]));
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const auto values = one.value<float>(gradients[i]);
      QVERIFY2(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }),
               graph.value(graph.parameters()[i]).name.c_str());
    }
  }

  /// Each mask of a network is drawn for itself.
  void dropoutsHaveSitesOfTheirOwn() {
    const Network network = build_network(parsed(R"(["Dropout","Dropout",{"type":"Dropout","rate":0}])"), {1, 4, 4}, 2);
    std::vector<std::int64_t> sites;
    for (const Node& node : network.graph.nodes())
      if (node.op == "Dropout") sites.push_back(integer_attribute(node.attributes, "site", -1));
    QCOMPARE(sites, (std::vector<std::int64_t>{0, 1}));
  }

  void presetsSuitTheirPictures() {
    const auto chosen = [](const Shape& picture) {
      return QString::fromStdString(network_presets()[preset_for(picture)].name);
    };
    QCOMPARE(chosen({1, 28, 28}), QString("small_cnn"));
    QCOMPARE(chosen({3, 32, 32}), QString("small_resnet"));
    QCOMPARE(chosen({3, 8, 8}), QString("small_cnn"));
    QCOMPARE(chosen({3, 128, 96}), QString("mobilenet"));
    for (const Shape& picture :
         {Shape{1, 8, 8}, Shape{3, 11, 40}, Shape{1, 28, 28}, Shape{3, 32, 32}, Shape{3, 64, 48}, Shape{4, 200, 300}})
      QVERIFY(summarize(network_presets()[preset_for(picture)].layers, picture, 5).valid());
  }
};

QTEST_APPLESS_MAIN(TestLayerList)
#include "test_layer_list.moc"
