package org.cranelet;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.cranelet.cli.Ccon;
import org.cranelet.cli.Cranelet;
import org.cranelet.config.CraneConfig;
import org.cranelet.config.LogSettings;
import org.cranelet.os.DurableFiles;
import org.jspecify.annotations.Nullable;

/**
 * One program, chosen by its name or its first word: {@code ccon} for users, {@code cranelet} for
 * administrators. Only {@code cranelet serve} starts Quarkus.
 */
@QuarkusMain
public final class Main {
  /** What {@code serve} was started with; Quarkus makes the {@link Daemon}, so it is left here. */
  private static @Nullable CraneConfig toServe;

  private Main() {}

  public static void main(String[] args) {
    if (!hasDirectory()) {
      System.err.println("cranelet: the current directory was removed: cd to another one");
      System.exit(1);
    }
    boolean named = args.length > 0 && (args[0].equals("ccon") || args[0].equals("cranelet"));
    String program = named ? args[0] : programName();
    String[] rest = named ? Arrays.copyOfRange(args, 1, args.length) : args;
    if (program.equals("ccon")) {
      System.exit(Ccon.run(Version.TEXT, rest));
    }
    System.exit(Cranelet.run(Version.TEXT, Main::serve, rest));
  }

  /** Without a current directory the native program can open no file, whatever its name. */
  private static boolean hasDirectory() {
    try {
      return System.getProperty("user.dir") != null;
    } catch (Error e) { // by the runtime itself
      return false;
    }
  }

  /** The name this process was started by; a link named ccon is enough. */
  private static String programName() {
    try {
      String[] argv =
          Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1)
              .split("\0", 2);
      return String.valueOf(Path.of(argv[0]).getFileName());
    } catch (IOException e) {
      return "cranelet";
    }
  }

  static CraneConfig configToServe() {
    CraneConfig config = toServe;
    if (config == null) {
      throw new IllegalStateException("only `cranelet serve` starts the daemon");
    }
    return config;
  }

  private static int serve(CraneConfig config, boolean logToFile) {
    String problem = listenProblem(config.healthHost(), config.healthPort());
    if (!problem.isEmpty()) {
      System.err.println(
          "cranelet: cannot listen on "
              + config.healthHost()
              + ":"
              + config.healthPort()
              + " ("
              + problem
              + "): set Container.HealthListen in "
              + config.file());
      return 1;
    }
    toServe = config;
    System.setProperty("quarkus.management.host", config.healthHost());
    System.setProperty("quarkus.management.port", Integer.toString(config.healthPort()));
    log(config.log(), logToFile);
    Quarkus.run(Daemon.class);
    return 0; // not reached: Quarkus exits the process with the daemon's code
  }

  private static String listenProblem(String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
      return "";
    } catch (IOException e) {
      return e instanceof UnknownHostException || "Unresolved address".equals(e.getMessage())
          ? "no such host"
          : String.valueOf(e.getMessage()); // another process has it, it is none of ours
    }
  }

  private static void log(LogSettings log, boolean toFileByDefault) {
    System.setProperty("quarkus.log.category.\"org.cranelet\".level", log.level());
    if (!log.toFile().orElse(toFileByDefault)) {
      return;
    }
    try {
      Path directory = log.file().toAbsolutePath().getParent();
      if (directory != null && !Files.isDirectory(directory)) {
        // It tells whose jobs ran. What is there already is the administrator's to close.
        DurableFiles.directory(directory, "rwx------");
      }
    } catch (IOException e) {
      System.err.println("cranelet: no log is written to " + log.file() + ": " + e);
      return;
    }
    System.setProperty("quarkus.log.file.enabled", "true");
    System.setProperty("quarkus.log.file.path", log.file().toString());
    System.setProperty(
        "quarkus.log.file.rotation.max-file-size", Long.toString(log.maxFileBytes()));
    System.setProperty(
        "quarkus.log.file.rotation.max-backup-index", Integer.toString(log.maxFiles()));
  }
}
