package org.cranelet.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.cranelet.cli.term.Json;
import org.cranelet.image.reference.RegistryAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ccon logout}: forgets what {@code ccon login} kept. */
@Command(name = "logout", description = "Forget the login of a registry.")
final class LogoutCommand implements Callable<Integer> {
  @ParentCommand Ccon ccon;

  @Parameters(
      arity = "0..1",
      paramLabel = "SERVER",
      description = "The registry: HOST[:PORT] (default: Docker Hub).")
  @Nullable String server;

  @Override
  public Integer call() {
    RegistryAddress address = LoginCommand.address(server);
    LoginFiles files = LoginFiles.of(System.getenv());
    boolean removed;
    try {
      removed = files.own().remove(address.registry());
    } catch (IOException e) {
      throw new CliException(CliException.FAILED, "cannot log out: " + e.getMessage());
    }
    if (ccon.json) {
      System.out.println(
          Json.text(Json.object().put("registry", address.registry()).put("removed", removed)));
    } else {
      System.out.println((removed ? "Logged out of " : "Not logged in to ") + address.display());
    }
    if (LoginFiles.find(files.dockers(), address.registry()).isPresent()) {
      System.err.println(
          "ccon: note: docker's login stays and is used: see " + files.dockers().path());
    }
    return 0;
  }
}
