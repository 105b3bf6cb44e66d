package org.cranelet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Commands that docker has, or CraneSched's ccon, and this one does not: each says what to do. */
@Command
abstract class NotYet implements Callable<Integer> {
  @Unmatched List<String> ignored = new ArrayList<>();

  private final String message;

  NotYet(String message) {
    this.message = message;
  }

  @Override
  public Integer call() {
    throw CliException.usage(message);
  }

  @Command(name = "attach", description = "Not there yet.")
  static final class Attach extends NotYet {
    Attach() {
      super("attach is not there yet: read the output with ccon logs -f");
    }
  }

  @Command(name = "exec", description = "Not there yet.")
  static final class Exec extends NotYet {
    Exec() {
      super("exec is not there yet: add a step to the job with CRANE_JOB_ID=JOB ccon run");
    }
  }

  @Command(name = "create", hidden = true)
  static final class Create extends NotYet {
    Create() {
      super("create is not supported: a job is created and started by ccon run");
    }
  }

  @Command(name = "start", hidden = true)
  static final class Start extends NotYet {
    Start() {
      super("start is not supported: submit the job again with ccon run");
    }
  }

  @Command(name = "restart", hidden = true)
  static final class Restart extends NotYet {
    Restart() {
      super("restart is not supported: submit the job again with ccon run");
    }
  }

  @Command(name = "rm", hidden = true)
  static final class Rm extends NotYet {
    Rm() {
      super("rm is not needed: containers are removed when they end; stop one with ccon stop");
    }
  }
}
