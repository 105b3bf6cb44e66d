package org.cranelet.cli.term;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cranelet.os.Commands;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Asks the user on his terminal; a secret without showing it.
 *
 * <p>stty(1) turns the echo off, and not {@link java.io.Console}: which one that is differs between
 * Java releases, it is there only if standard output is a terminal as well, and in a native binary
 * it stands on libraries of the JDK that must be part of it. stty is the same everywhere.
 */
public final class Prompt {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int SIGNALLED = 128;

  /** Not the terminal's own name: after su(1) that belongs to somebody else. */
  private static final String TERMINAL = "/dev/tty";

  private final Commands commands;
  private final InputStream in;
  private final PrintStream out;

  public Prompt(Commands commands, InputStream in, PrintStream out) {
    this.commands = commands;
    this.in = in;
    this.out = out;
  }

  /**
   * @return empty if the user ended his input instead
   */
  public Optional<String> line(String question) throws IOException {
    out.print(question);
    out.flush();
    return read();
  }

  /**
   * As {@link #line}, without echo. Signals that end the process do so after the echo is on again.
   *
   * @throws IOException if the echo cannot be turned off; then nothing was read
   */
  public Optional<String> secret(String question) throws IOException {
    String saved = stty("-g");
    List<Runnable> undo = new ArrayList<>();
    try {
      for (String name : List.of("INT", "TERM", "HUP")) {
        Signal signal = new Signal(name);
        SignalHandler before = Signal.handle(signal, s -> leave(saved, s));
        undo.add(() -> Signal.handle(signal, before));
      }
      stty("-echo");
      return line(question);
    } finally {
      stty(saved);
      out.println(); // the user's own line end was not shown
      undo.forEach(Runnable::run);
    }
  }

  private void leave(String saved, Signal signal) {
    try {
      stty(saved);
    } catch (IOException e) {
      out.println(e.getMessage());
    }
    out.println();
    Runtime.getRuntime().halt(SIGNALLED + signal.getNumber());
  }

  private String stty(String argument) throws IOException {
    Commands.Result result = commands.run(TIMEOUT, List.of("stty", "-F", TERMINAL, argument));
    if (!result.ok()) {
      throw new IOException("cannot set up the terminal: " + result.out());
    }
    return result.out();
  }

  /** Byte by byte: what follows the line is not ours. */
  private Optional<String> read() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b = in.read();
    if (b < 0) {
      return Optional.empty();
    }
    while (b >= 0 && b != '\n') {
      line.write(b);
      b = in.read();
    }
    String text = line.toString(StandardCharsets.UTF_8);
    return Optional.of(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
  }
}
