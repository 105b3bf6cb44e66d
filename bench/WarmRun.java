import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.cranelet.config.Deadlines;
import org.cranelet.cri.ContainerPhase;
import org.cranelet.cri.ImageClient;
import org.cranelet.cri.Labels;
import org.cranelet.cri.RuntimeClient;
import org.cranelet.metrics.Meters;
import org.cranelet.pod.ContainerSpec;
import org.cranelet.pod.Identity;
import org.cranelet.pod.PodSpec;
import org.cranelet.pod.Resources;
import org.cranelet.pod.StepRef;
import org.cranelet.proto.crane.CraneCtldGrpc;
import org.cranelet.proto.crane.QueryJobsInfoRequest;
import org.cranelet.transport.RpcClient;

/** The benchmark behind bench/warm-run; see there. */
public final class WarmRun {
  private static final String INSTANCE = "bench-" + UUID.randomUUID();
  private static final Duration DEADLINE = Duration.ofMinutes(1);

  private static RuntimeClient runtime;
  private static ImageClient images;
  private static RpcClient daemon;
  private static Path logs;

  private WarmRun() {}

  /** Milliseconds until the exit code was known, and until nothing was left. */
  private record Times(double known, double gone) {}

  public static void main(String[] args) throws Exception {
    int runs = Integer.parseInt(args[0]);
    Path socket = Path.of(System.getenv("CONTAINER_RUNTIME_ENDPOINT").replaceFirst("^unix://", ""));
    Deadlines deadlines =
        new Deadlines(DEADLINE, DEADLINE, DEADLINE, DEADLINE, DEADLINE, DEADLINE, DEADLINE);
    Meters meters = new Meters(new SimpleMeterRegistry());
    RpcClient rpc = RpcClient.forCommand(socket);
    runtime = new RuntimeClient(rpc, deadlines, INSTANCE, meters);
    images = new ImageClient(rpc, deadlines, meters);
    daemon = RpcClient.forCommand(Path.of(System.getenv("CRANELET_SOCKET")));
    logs = Files.createTempDirectory("bench-logs");
    List<Times> raw = new ArrayList<>();
    List<Times> ccon = new ArrayList<>();
    for (int i = -3; i < runs; i++) { // three rounds of warm-up
      Times r = raw(i);
      Times c = ccon();
      if (i >= 0) {
        raw.add(r);
        ccon.add(c);
      }
    }
    System.out.printf(
        "%s, %s, %d runs each, in turn, times in ms%n", runtime.facts().version(), build(), runs);
    System.out.printf("%-34s %8s %8s %8s%n", "", "median", "p99", "ratio");
    print("exit code known: CRI calls", known(raw), known(raw));
    print("exit code known: ccon run", known(ccon), known(raw));
    print("nothing left:    CRI calls", gone(raw), gone(raw));
    print("nothing left:    ccon run", gone(ccon), gone(raw));
    System.exit(0);
  }

  private static String build() throws Exception {
    Path ccon = onPath("ccon");
    return "ccon and cranelet: " + (Files.size(ccon.toRealPath()) > 1 << 20 ? "native" : "jvm");
  }

  private static Path onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(d -> Path.of(d, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private static Times raw(int i) throws Exception {
    long start = System.nanoTime();
    String image = images.status("busybox").orElseThrow().id();
    PodSpec pod = pod(i);
    String sandbox = runtime.runPodSandbox(pod);
    String container = runtime.createContainer(sandbox, pod, container(i, image));
    runtime.startContainer(container);
    while (runtime.containerStatus(container).phase() != ContainerPhase.EXITED) {
      Thread.sleep(1);
    }
    double known = since(start);
    runtime.removeContainer(container);
    runtime.stopPodSandbox(sandbox);
    runtime.removePodSandbox(sandbox);
    return new Times(known, since(start));
  }

  private static Times ccon() throws Exception {
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(
                onPath("ccon").toString(), "run", "-c", "0.5", "--mem", "100M", "busybox", "true")
            .directory(new File(System.getProperty("java.io.tmpdir")))
            .inheritIO()
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("ccon run failed");
    }
    double known = since(start);
    while (live() > 0) {
      Thread.sleep(1);
    }
    return new Times(known, since(start));
  }

  private static int live() {
    return daemon
        .call(
            CraneCtldGrpc.getQueryJobsInfoMethod(),
            QueryJobsInfoRequest.getDefaultInstance(),
            DEADLINE)
        .getJobInfoListCount();
  }

  private static PodSpec pod(int i) {
    return new PodSpec(
        1_000_000 + i,
        "bench-" + i,
        UUID.randomUUID().toString(),
        0,
        "bench",
        false,
        List.of(),
        Optional.empty(),
        System.getenv().getOrDefault("BENCH_CGROUP_PARENT", "/bench"),
        logs.toString(),
        Map.of(Labels.INSTANCE, INSTANCE),
        Map.of());
  }

  private static ContainerSpec container(int i, String image) {
    return new ContainerSpec(
        new StepRef(1_000_000 + i, 1),
        new Identity(0, 0, List.of()),
        "bench-" + i,
        image,
        List.of(),
        List.of("true"),
        "",
        Map.of(),
        List.of(),
        Optional.empty(),
        new Resources(0.5, 100 << 20, 0),
        false,
        i + ".log",
        Map.of(Labels.INSTANCE, INSTANCE),
        Map.of());
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static double[] known(List<Times> times) {
    return times.stream().mapToDouble(Times::known).sorted().toArray();
  }

  private static double[] gone(List<Times> times) {
    return times.stream().mapToDouble(Times::gone).sorted().toArray();
  }

  private static void print(String what, double[] sorted, double[] base) {
    System.out.printf(
        Locale.ROOT,
        "%-34s %8.1f %8.1f %8.2f%n",
        what,
        sorted[sorted.length / 2],
        sorted[(int) Math.ceil(sorted.length * 0.99) - 1],
        sorted[sorted.length / 2] / base[base.length / 2]);
  }
}
