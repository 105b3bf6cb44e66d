package org.cranelet.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.cli.term.Prompt;
import org.cranelet.cli.term.Terminal;
import org.cranelet.image.reference.Login;
import org.cranelet.image.reference.LoginCheck;
import org.cranelet.image.reference.RegistryAddress;
import org.cranelet.image.reference.RegistryException;
import org.cranelet.os.ChildProcesses;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon login}: a login that its registry has accepted is kept for later runs. */
@Command(name = "login", description = "Log in to a registry, for images that are not everybody's.")
final class LoginCommand implements Callable<Integer> {
  private static final int MAX_PASSWORD_BYTES = 64 << 10;

  @ParentCommand Ccon ccon;

  @Parameters(
      arity = "0..1",
      paramLabel = "SERVER",
      description = "The registry: HOST[:PORT] (default: Docker Hub).")
  @Nullable String server;

  @Option(
      names = {"-u", "--username"},
      paramLabel = "NAME",
      description = "User name there.")
  @Nullable String username;

  @Option(
      names = {"-p", "--password"},
      paramLabel = "PASSWORD",
      description = "Password or token; others can see it here.")
  @Nullable String password;

  @Option(names = "--password-stdin", description = "Read the password from standard input.")
  boolean passwordStdin;

  @Override
  public Integer call() {
    RegistryAddress address = address(server);
    warnOfWhatIsUnsafe(address);
    Login login = ask(address);
    LoginCheck.Verdict verdict = check(address, login);
    String place = keep(login);
    if (ccon.json) {
      ObjectNode object = Json.object();
      object.put("registry", login.registry()).put("username", login.username());
      object.put("stored", place).put("checked", verdict == LoginCheck.Verdict.ACCEPTED);
      System.out.println(Json.text(object));
    } else {
      System.out.println("Login succeeded");
      System.out.println("Stored in " + place);
    }
    return 0;
  }

  /** The registry that is meant; without a name it is docker's. */
  static RegistryAddress address(@Nullable String server) {
    try {
      if (server != null) {
        return RegistryAddress.parse(server);
      }
    } catch (IllegalArgumentException e) {
      throw CliException.usage(String.valueOf(e.getMessage()));
    }
    System.err.println("ccon: note: no registry given: Docker Hub (docker.io)");
    return RegistryAddress.parse("docker.io");
  }

  private void warnOfWhatIsUnsafe(RegistryAddress address) {
    if (password != null && passwordStdin) {
      throw CliException.usage("--password and --password-stdin: give one of them");
    }
    if (password != null) {
      LoginFiles.warn(
          "everybody on this machine can see --password while ccon runs, and the shell's history"
              + " keeps it: use --password-stdin");
    }
    if (address.plainHttp()) {
      LoginFiles.warn("the password goes to " + address.registry() + " unencrypted (http://)");
    }
  }

  private Login ask(RegistryAddress address) {
    String name = username;
    String secret = password;
    try {
      if (passwordStdin) {
        if (name == null) {
          throw CliException.usage("--password-stdin needs --username");
        }
        secret = fromInput();
      }
      if (name == null || secret == null) {
        Prompt prompt = prompt();
        name = name == null ? given(prompt.line("User name: "), "user name") : name;
        secret =
            secret == null
                ? given(
                    prompt.secret("Password for " + name + " at " + address.display() + ": "),
                    "password")
                : secret;
      }
    } catch (IOException e) {
      throw new CliException(CliException.FAILED, "cannot read the login: " + e.getMessage());
    }
    if (name.isEmpty() || name.contains(":")) {
      throw CliException.usage("--username: a name that is not empty and has no colon");
    }
    if (secret.isEmpty()) {
      throw CliException.usage("the password is empty");
    }
    return new Login(address.registry(), name, secret);
  }

  private static Prompt prompt() {
    if (!Terminal.onInput()) {
      throw CliException.usage(
          "no terminal to ask for the login: give --username and --password-stdin");
    }
    return new Prompt(new ChildProcesses(), System.in, System.err);
  }

  private static String given(Optional<String> answer, String what) {
    return answer.orElseThrow(() -> CliException.usage("no " + what + " given"));
  }

  /** All of it without the line end that echo(1) and editors leave behind. */
  private static String fromInput() throws IOException {
    byte[] bytes = System.in.readNBytes(MAX_PASSWORD_BYTES + 1);
    if (bytes.length > MAX_PASSWORD_BYTES) {
      throw CliException.usage("--password-stdin: more than " + MAX_PASSWORD_BYTES + " bytes");
    }
    return new String(bytes, StandardCharsets.UTF_8).replaceFirst("\r?\n\\z", "");
  }

  private static LoginCheck.Verdict check(RegistryAddress address, Login login) {
    try {
      LoginCheck.Verdict verdict = new LoginCheck(address, System.getenv()).check(login);
      if (verdict == LoginCheck.Verdict.NOT_ASKED) {
        System.err.println(
            "ccon: note: " + address.display() + " lets everybody in: the login was not checked");
      }
      return verdict;
    } catch (RegistryException e) {
      throw new CliException(CliException.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private static String keep(Login login) {
    try {
      return LoginFiles.of(System.getenv()).own().store(login);
    } catch (IOException e) {
      throw new CliException(CliException.FAILED, "cannot keep the login: " + e.getMessage());
    }
  }
}
