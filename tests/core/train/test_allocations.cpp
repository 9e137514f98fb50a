#include <dlfcn.h>

#include <QtTest>
#include <atomic>
#include <cstdlib>
#include <numeric>

#include "core/train/training.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNTS_ALLOCATIONS 0
#else
#define COUNTS_ALLOCATIONS 1
#endif

using namespace gb;

namespace {

std::atomic<bool> counting{false};
std::atomic<bool> inside_onednn{false};
std::atomic<long> allocations{0};      ///< while counting, of every thread, outside of oneDNN
std::atomic<long> onednn_calls{0};     ///< while counting
std::atomic<bool> stops_there{false};  ///< abort() at the first one: a debugger shows who it is

#if COUNTS_ALLOCATIONS
void note() {
  if (!counting.load(std::memory_order_relaxed) || inside_onednn.load(std::memory_order_relaxed)) return;
  ++allocations;
  if (stops_there) std::abort();
}
#endif

}  // namespace

#if COUNTS_ALLOCATIONS
// All of the program's memory comes through here: operator new calls malloc.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  note();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  note();
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  note();
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  note();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

/// oneDNN's own entry, in front of the library's: what happens inside is the library's business.
int dnnl_primitive_execute(const void* primitive, void* stream, int count, const void* arguments) {
  using Execute = int (*)(const void*, void*, int, const void*);
  static const auto real = reinterpret_cast<Execute>(dlsym(RTLD_NEXT, "dnnl_primitive_execute"));
  if (counting) ++onednn_calls;
  inside_onednn = true;
  const int status = real(primitive, stream, count, arguments);
  inside_onednn = false;
  return status;
}
}
#endif

namespace {

constexpr int rows = 640, features = 32, batch = 64;
constexpr int steps_per_epoch = rows / batch;

/// Counts from one step's end to another one's. Looks at events, keeps none.
class Counter : public RunObserver {
 public:
  Counter(int first, int last) : first_(first), last_(last) {}
  void on_event(const Event& event) override {
    const auto* scalar = std::get_if<Scalar>(&event);
    if (!scalar || scalar->series != "train/loss") return;
    if (scalar->step == first_) counting = true;
    if (scalar->step == last_) counting = false;
  }

 private:
  int first_, last_;
};

struct Counted {
  long allocations = 0;
  long onednn_calls = 0;
};

/// Trains for four epochs and counts during the steps of the last one.
Counted counted(const TrainingParams& params) {
  Network network;
  Graph& graph = network.graph;
  network.input = graph.input("features", {any_batch, features});
  ValueId x = network.input;
  std::int64_t width = features;
  for (const int units : {256, 128, 4}) {
    const std::string name = "layer" + std::to_string(units);
    const ValueId weight =
        graph.parameter(name + ".weight", {width, units}, {Initializer::he_uniform, static_cast<double>(width), 1});
    x = graph.add("Gemm", {x, weight, graph.parameter(name + ".bias", {units})});
    if (units != 4) x = graph.add("Relu", {x});
    width = units;
  }
  network.output = x;
  Storage parameters(graph, graph.kept());
  Random random(1);
  initialize(graph, parameters, random);
  ProblemSet problem;
  MatrixF values(rows, features);
  std::vector<std::int32_t> codes;
  for (Eigen::Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<float>(random.normal());
  for (Eigen::Index i = 0; i < rows; ++i) codes.push_back((values(i, 0) > 0) + 2 * (values(i, 1) > 0));
  problem.features = Features(values);
  problem.split.train.resize(rows);
  std::iota(problem.split.train.begin(), problem.split.train.end(), 0);

  // The first step of an epoch tells the learning rate, whose name is too long for a text without memory of its own.
  Counter counter(3 * steps_per_epoch + 2, 4 * steps_per_epoch - 1);
  RunControl control;
  // So small a share for watching that nothing is shown after the first time.
  RunContext context(counter, control, {.seed = 2, .watch_share = 1e-12});
  allocations = onednn_calls = 0;
  train_network(network, parameters, problem, {codes, {}}, params, context, {});
  return {allocations, onednn_calls};
}

/// The same of a denoising network of convolutions that gives back its pictures, with a term beside its loss.
Counted counted_reconstruction(ReconstructionLoss loss) {
  Network network;
  Graph& graph = network.graph;
  const std::vector<std::int64_t> same{1, 1, 1, 1}, twice{2, 2};
  network.input = graph.input("image", {any_batch, 3, 8, 8});
  ValueId x = graph.add("GaussianNoise", {network.input, graph.key()}, {{"deviation", 0.1}});
  const ValueId kernel = graph.parameter("conv.weight", {8, 3, 3, 3}, {Initializer::he_uniform, 27, 72});
  x = graph.add("Relu", {graph.add("Conv", {x, kernel, graph.parameter("conv.bias", {8})},
                                   {{"pads", same}, {"strides", twice}})});
  x = graph.add("Flatten", {x});
  const ValueId down = graph.parameter("code.weight", {128, 4}, {Initializer::glorot_uniform, 128, 4});
  const ValueId code = x = graph.add("Gemm", {x, down, graph.parameter("code.bias", {4})});
  const ValueId up = graph.parameter("up.weight", {4, 128}, {Initializer::he_uniform, 4, 128});
  x = graph.add("Relu", {graph.add("Gemm", {x, up, graph.parameter("up.bias", {128})})});
  x = graph.add("Reshape", {x}, {{"shape", std::vector<std::int64_t>{-1, 8, 4, 4}}});
  const ValueId last = graph.parameter("last.weight", {8, 3, 4, 4}, {Initializer::glorot_uniform, 128, 48});
  network.output =
      graph.add("ConvTranspose", {x, last, graph.parameter("last.bias", {3})}, {{"pads", same}, {"strides", twice}});
  Storage parameters(graph, graph.kept());
  Random random(1);
  initialize(graph, parameters, random);
  ProblemSet problem;
  MatrixF values(rows, 3 * 64);
  for (Eigen::Index i = 0; i < values.size(); ++i) values.data()[i] = static_cast<float>(random.uniform(0, 1));
  problem.features = Features(values);
  problem.split.train.resize(rows);
  std::iota(problem.split.train.begin(), problem.split.train.end(), 0);
  problem.channels = 3;
  problem.height = problem.width = 8;
  const Reconstruction reconstruction{
      network.input, loss, {{.name = "size", .field = "sparsity", .op = "AbsoluteLoss", .values = {code}}}};
  TrainingParams params;
  params.epochs = 4;
  params.batch_size = batch;
  Counter counter(3 * steps_per_epoch + 2, 4 * steps_per_epoch - 1);
  RunControl control;
  RunContext context(counter, control, {.seed = 2, .watch_share = 1e-12});
  allocations = onednn_calls = 0;
  train_network(network, parameters, problem, {{}, {}, &reconstruction}, params, context, {});
  return {allocations, onednn_calls};
}

}  // namespace

class TestAllocations : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    if (!COUNTS_ALLOCATIONS) QSKIP("sanitizers have an allocator of their own");
    // The counter counts.
    allocations = 0;
    counting = true;
    const auto memory = std::make_unique<volatile char[]>(100);
    void* volatile more = std::malloc(1000);
    counting = false;
    std::free(more);
    QCOMPARE(allocations.load(), 2L);
  }

  void aStepAllocatesNothing_data() {
    QTest::addColumn<int>("kind");
    for (int kind = 0; kind < 8; ++kind) QTest::addRow("optimizer %d", kind) << kind;
  }
  /// Outside of oneDNN's execute(). The C++ wrapper around that call makes one array of arguments each time: it is part
  /// of oneDNN and all that may be left.
  void aStepAllocatesNothing() {
    QFETCH(int, kind);
    TrainingParams params;
    params.optimizer = static_cast<OptimizerKind>(kind);
    params.epochs = 4;
    params.batch_size = batch;
    const Counted plain = counted(params);
    QVERIFY(plain.onednn_calls > 0);
    QCOMPARE(plain.allocations, plain.onednn_calls);

    params.label_smoothing = 0.1;
    params.class_weights = ClassWeights::balanced;
    params.clip_norm = params.clip_value = 0.01;
    params.average_decay = 0.99;
    params.schedule = ScheduleKind::cosine;
    params.l1 = params.l2 = 1e-4;
    params.batch_size = batch / 4;
    params.batches_per_step = 4;
    const Counted full = counted(params);
    QCOMPARE(full.onednn_calls, 4 * plain.onednn_calls);
    // The name of the series of learning rates, at most once a step.
    QVERIFY2(full.allocations - full.onednn_calls <= steps_per_epoch,
             qPrintable(QString::number(full.allocations - full.onednn_calls)));
  }

  void neitherDoesAReconstruction() {
    for (const ReconstructionLoss loss :
         {ReconstructionLoss::squared_error, ReconstructionLoss::binary_cross_entropy}) {
      const Counted found = counted_reconstruction(loss);
      QVERIFY(found.onednn_calls > 0);
      QCOMPARE(found.allocations, found.onednn_calls);
    }
  }
};

QTEST_APPLESS_MAIN(TestAllocations)
#include "test_allocations.moc"
