package org.cranelet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both programs as their users meet them: exit code, standard output, standard error. */
class CommandLinesTest {
  private final Path config;
  private final Path socket;

  CommandLinesTest(@TempDir Path dir) throws IOException {
    this.socket = dir.resolve("c.sock");
    this.config =
        Files.writeString(dir.resolve("config.yaml"), "Container:\n  Socket: " + socket + "\n");
  }

  /** What a command line came to. */
  private record Ran(int code, String out, String err) {}

  // ---- wrong command lines ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nope",
        "--nope ps",
        "ps --nope",
        "ps -z",
        "pods --nope",
        "run --nope busybox",
        "stop --nope 1",
        "logs --nope 1",
        "inspect --nope 1",
        "inspectp --nope 1",
        "wait --nope",
        "nope",
        "ps extra"
      })
  void whatCconDoesNotKnowIsOneLineAndExitCode2(String line) {
    assertUsage("ccon", ccon(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nope",
        "serve --nope",
        "status --nope",
        "config check --nope",
        "config nope",
        "config",
        "nope"
      })
  void whatCraneletDoesNotKnowIsOneLineAndExitCode2(String line) {
    assertUsage("cranelet", cranelet(line));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "run --mem much busybox             | 'much' is not a size",
        "--mem much run busybox             | 'much' is not a size",
        "run -c none busybox                | 'none' is not a number of cpus above 0",
        "run --time 10 busybox              | '10' is not a time limit ([D-]H:M:S)",
        "-t 10 run busybox                  | '10' is not a time limit ([D-]H:M:S)",
        "run -N many busybox                | 'many'",
        "run -N 0 busybox                   | '0' is not a whole number above 0",
        "-N -1 run busybox                  | '-1' is not a whole number above 0",
        "run -N 99999999999 busybox         | '99999999999' is not a whole number above 0",
        "run --ntasks-per-node 0 busybox    | '0' is not a whole number above 0",
        "run --ntasks-per-node -2 busybox   | '-2' is not a whole number above 0",
        "run --pull-policy sometimes a      | 'sometimes' is not a pull policy: Always, If",
        "run --dns foo busybox              | 'foo' is not an IPv4 address",
        "run --dns 1.1.1.1 --dns fe80::1 a  | 'fe80::1' is not an IPv4 address",
        "-w cn[1 run busybox                | unbalanced brackets in 'cn[1'",
        "run --nodelist cn[2-1] busybox     | the range '2-1' runs backwards",
        "-x a,,b run busybox                | an empty name in 'a,,b'",
        "run -x cn[x] busybox               | 'x' is not a number or a range of them",
        "run --extra-attr {a busybox        | '{a' is not a JSON object",
        "--extra-attr [] run busybox        | '[]' is not a JSON object",
        "--debug-level loud ps              | loud",
        "stop -t soon 1                     | 'soon' is not a number of seconds from 0 to 604800",
        "stop -t -1 1                       | '-1' is not a number of seconds from 0 to 604800",
        "stop -t 604801 1                   | '604801' is not a number of seconds from 0 to 604",
        "stop -t 99999999999 1              | '99999999999' is not a number of seconds from 0",
        "stop abc                           | 'abc' is not a container id (JOB.STEP)",
        "logs 7.0                           | 7.0 is the pod itself",
        "logs --tail some 1                 | 'some' is neither a number of lines nor all",
        "logs --tail -1 1                   | '-1' is neither a number of lines nor all",
        "logs --since lately 1              | 'lately' is neither a time",
        "inspect 1.x                        | '1.x' is not a container id",
        "inspectp x                         | 'x'",
        "wait -t 0                          | --interval: a number of seconds above 0",
        "run -p 0:80 busybox                | --ports: 0 is not a port (1 to 65535)",
        "run -p 80:http busybox             | --ports: '80:http' is not",
        "run -v /only busybox               | --volume: '/only' is not HOST:CONTAINER[:ro]",
        "run -v /a:b busybox                | --volume: '/a:b' is not",
        "run -v /a:/b:rx busybox            | --volume: '/a:/b:rx' is not",
        "run -e =1 busybox                  | --env: '=1' is not NAME=VALUE or NAME",
        "run -u alice busybox               | --user: 'alice' is not UID or UID:GID (numbers)",
        "run --network none busybox         | --network: 'none' is neither host nor default",
        "run --gres gpu busybox             | --gres: 'gpu' is not NAME[:TYPE]:COUNT",
        "run --gpus all busybox             | --gpus is docker's; ask for devices with --gres",
        "run -it busybox                    | -i and -t are not there yet",
        "run --container-user me busybox    | --container-user and --container-password belong",
        "run --container-password x busybox | --container-user and --container-password belong",
        "login rgistry                      | 'rgistry' is not a registry",
        "login me:s3cret@r.test             | '…@r.test' is not a registry",
        "login --password-stdin r.test      | --password-stdin needs --username",
        "login -p x --password-stdin r.test | --password and --password-stdin: give one of them",
        "logout rgistry                     | 'rgistry' is not a registry",
      })
  void aBadValueIsOneLineAndExitCode2(String line, String message) {
    // When
    Ran ran = ccon(line);
    // Then
    assertUsage("ccon", ran);
    assertThat(ran.err()).contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "rnu busybox     | no command 'rnu', did you mean run? (see ccon --help)",
        "inspct 1        | no command 'inspct', did you mean inspect? (see ccon --help)",
        "nothing-of-ours | no command 'nothing-of-ours' (see ccon --help)",
        "-p              | Missing required parameter for option '--partition' (NAME) (see ccon --help)",
        "run --vlume a b | Unknown option: '--vlume', did you mean --volume? (see ccon run --help)",
        "ps --nothing    | Unknown option: '--nothing' (see ccon ps --help)",
        "logs 1 2        | '2' is one argument too many (see ccon logs --help)",
        "ps a b          | 'a' is one argument too many (see ccon ps --help)"
      })
  void whatIsNotKnownIsNamedAndSoIsWhatWasProbablyMeant(String line, String message) {
    // When
    Ran ran = ccon(line);
    // Then
    assertThat(ran).isEqualTo(new Ran(2, "", "ccon: " + message + "\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "stop", "logs", "inspect", "inspectp"})
  void aMissingOperandIsOneLineAndExitCode2(String line) {
    assertUsage("ccon", ccon(line));
  }

  @Test
  void noCommandIsOneLineAndExitCode2() {
    // When
    Ran ran = ccon("");
    // Then
    assertThat(ran).isEqualTo(new Ran(2, "", "ccon: no command given; ccon --help lists them\n"));
  }

  @Test
  void waitOutsideAJobIsToldWhatItIsFor() {
    // When
    Ran ran = ccon("wait");
    // Then
    assertThat(ran)
        .isEqualTo(new Ran(2, "", "ccon: wait is for use within a job: CRANE_JOB_ID is not set\n"));
  }

  @Test
  void aPasswordOnTheCommandLineIsWarnedOfOnceAndNotShown() {
    // When
    Ran ran = ccon("run --container-user me --container-password s3cret busybox");
    // Then
    assertThat(ran.code()).isEqualTo(125); // no daemon
    assertThat(ran.err())
        .startsWith("ccon: warning: everybody on this machine can see --container-password")
        .hasLineCount(2)
        .doesNotContain("s3cret");
  }

  // ---- not yet ----

  @ParameterizedTest
  @CsvSource({
    "attach 1, attach is not there yet",
    "exec -it 1.1 sh -c ls, exec is not there yet",
    "exec 1 -- ls, exec is not there yet",
    "create busybox, create is not supported",
    "start 1, start is not supported",
    "restart 1, restart is not supported",
    "rm -f 1, rm is not needed"
  })
  void aCommandThatIsNotThereIsOneLineAndExitCode2(String line, String message) {
    // When
    Ran ran = ccon(line);
    // Then
    assertUsage("ccon", ran);
    assertThat(ran.err()).startsWith("ccon: " + message);
  }

  // ---- no daemon ----

  @ParameterizedTest
  @ValueSource(strings = {"ps", "ps -a", "pods", "--json ps", "stop 1", "inspect 1", "inspectp 1"})
  void aDaemonThatIsNotThereIsToldWhereItWasLookedFor(String line) {
    // When
    Ran ran = ccon(line);
    // Then
    assertThat(ran)
        .isEqualTo(
            new Ran(1, "", "ccon: cannot reach cranelet at " + socket + ": is it running?\n"));
  }

  @Test
  void runWithoutADaemonDidNotRun() {
    // When
    Ran ran = ccon("run busybox true");
    // Then
    assertThat(ran)
        .isEqualTo(
            new Ran(125, "", "ccon: cannot reach cranelet at " + socket + ": is it running?\n"));
  }

  @Test
  void statusWithoutADaemonSaysSo() {
    // When
    Ran ran = cranelet("status");
    // Then
    assertThat(ran)
        .isEqualTo(
            new Ran(1, "", "cranelet: cannot reach cranelet at " + socket + ": is it running?\n"));
  }

  @Test
  void aSocketThatNobodyListensToIsToldWithTheKernelsWord() throws IOException {
    // Given
    Files.createFile(socket);
    // When
    Ran ran = ccon("ps");
    // Then
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .startsWith("ccon: cannot reach cranelet at " + socket + ": is it running? (")
        .hasLineCount(1);
  }

  @Test
  void aMissingConfigurationIsNamed() {
    // When
    Ran ran = run(args -> Ccon.run("1.2.3", args), "-C", "/no/such.yaml", "ps");
    // Then
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).startsWith("ccon: /no/such.yaml: no such file").hasLineCount(1);
  }

  // ---- what belongs to whom ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run busybox --nope",
        "run busybox ls --mem much",
        "run busybox -- --nope",
        "run -p CPU busybox:latest -- echo -p 0:80",
        "run busybox sh -c -it"
      })
  void whatFollowsTheImageIsTheContainers(String line) {
    assertThat(ccon(line).code()).isEqualTo(125);
  }

  @Test
  void optionsWithoutEffectAreNoted() {
    // When
    Ran ran = ccon("-A acc run --qos high busybox");
    // Then
    assertThat(ran.err()).startsWith("ccon: note: no effect on this node: --account, --qos\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "run --help", "ps -h", "exec --help"})
  void helpGoesToStandardOutput(String line) {
    // When
    Ran ran = ccon(line);
    // Then
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("Usage: ccon");
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void theVersionIsOneLine() {
    assertThat(ccon("--version")).isEqualTo(new Ran(0, "ccon 1.2.3\n", ""));
  }

  // ---- cranelet ----

  @Test
  void configCheckPrintsWhatIsInEffectAndWhereItComesFrom() {
    // When
    Ran ran = cranelet("config check");
    // Then
    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines().map(l -> l.split(" {3,}", -1)).toList())
        .contains(
            new String[] {"SETTING", "VALUE", "FROM"},
            new String[] {"CraneBaseDir", "/var/crane", "default"},
            new String[] {"Container.Socket", socket.toString(), config + ":2"});
  }

  @Test
  void configCheckAnswersInJsonToo() throws IOException {
    // When
    Ran ran = cranelet("config check --json");
    // Then
    JsonNode json = JsonMapper.builder().build().readTree(ran.out());
    assertThat(json.path("file").asText()).isEqualTo(config.toString());
    assertThat(json.path("warnings")).isEmpty();
    assertThat(json.path("settings").findValuesAsText("key")).contains("Container.Socket");
  }

  @Test
  void configCheckWarnsOnStandardError() throws IOException {
    // Given
    Files.writeString(
        config, "Container:\n  Enabled: true\n  RuntimeEndpoint: /c.sock\n  TempDirr: x\n");
    // When
    Ran ran = cranelet("config check");
    // Then
    assertThat(ran.code()).isZero();
    assertThat(ran.err())
        .isEqualTo(
            "cranelet: warning: "
                + config
                + ":4: unknown key Container.TempDirr, did you mean TempDir? (ignored)\n");
  }

  @Test
  void aConfigurationThatCannotBeUsedIsOneLineAndExitCode1() throws IOException {
    // Given
    Files.writeString(config, "Container:\n  Enabled: true\n");
    // When
    Ran ran = cranelet("serve");
    // Then
    assertThat(ran).isEqualTo(new Ran(1, "", "cranelet: RuntimeEndpoint is not configured.\n"));
  }

  @Test
  void whatIsTooLargeForTheDaemonIsSaidBeforeItIsSent() {
    // When
    Ran ran = cranelet("drain " + "x".repeat(600_000));
    // Then
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).matches("cranelet: this has 60\\d{4} bytes, the daemon takes 524288\n");
  }

  @Test
  void debugTellsOfEachCallToTheDaemon() {
    // When
    Ran ran = ccon("--debug-level debug ps");
    // Then
    assertThat(ran.err().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("ccon: debug: crane.grpc.CraneCtld/QueryJobsInfo on " + socket)
                    .containsPattern(" after \\d+ ms: UNAVAILABLE: "),
            line -> assertThat(line).startsWith("ccon: cannot reach cranelet at " + socket));
  }

  @Test
  void serveIsGivenTheConfigurationAndGivesItsExitCode() {
    // Given
    AtomicReference<String> served = new AtomicReference<>();
    Cranelet.Server server =
        (c, logToFile) -> {
          served.set(c.socket() + " " + logToFile);
          return 42;
        };
    // When
    Ran ran =
        run(
            args -> Cranelet.run("1", server, args),
            "-C",
            config.toString(),
            "serve",
            "--log-to-file");
    // Then
    assertThat(ran).isEqualTo(new Ran(42, "", ""));
    assertThat(served).hasValue(socket + " true");
  }

  // ---- tools ----

  private static void assertUsage(String program, Ran ran) {
    assertThat(ran.err()).startsWith(program + ": ").endsWith("\n").hasLineCount(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.code()).isEqualTo(2);
  }

  private Ran ccon(String line) {
    return run(args -> Ccon.run("1.2.3", args), withConfig(line));
  }

  private Ran cranelet(String line) {
    return run(args -> Cranelet.run("1.2.3", (c, logToFile) -> 0, args), withConfig(line));
  }

  private String[] withConfig(String line) {
    List<String> args = new ArrayList<>(List.of("-C", config.toString()));
    if (!line.isEmpty()) {
      args.addAll(List.of(line.split(" ")));
    }
    return args.toArray(String[]::new);
  }

  private static Ran run(ToIntFunction<String[]> program, String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream newOut = new ByteArrayOutputStream();
    ByteArrayOutputStream newErr = new ByteArrayOutputStream();
    System.setOut(new PrintStream(newOut, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(newErr, true, StandardCharsets.UTF_8));
    try {
      int code = program.applyAsInt(args);
      return new Ran(
          code, newOut.toString(StandardCharsets.UTF_8), newErr.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
