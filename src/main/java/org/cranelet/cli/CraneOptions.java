package org.cranelet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What a job asks of the cluster. Between {@code ccon} and {@code run} all have their letters;
 * after {@code run} only those whose letter means nothing else there.
 */
class CraneOptions {
  @Option(
      names = {"-N", "--nodes"},
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "Nodes; a container job runs on 1.")
  @Nullable Integer nodes;

  @Option(
      names = {"-c", "--cpus-per-task"},
      paramLabel = "CPUS",
      converter = Converters.Cpus.class,
      description = "Cpus, fractions too (default: 1).")
  @Nullable Double cpus;

  @Option(
      names = "--ntasks-per-node",
      paramLabel = "N",
      converter = Converters.Count.class,
      description = "Multiplies --cpus-per-task.")
  @Nullable Integer tasks;

  @Option(
      names = "--mem",
      paramLabel = "SIZE",
      converter = Converters.Memory.class,
      description = "Memory of the whole job: G, M (default), K or B.")
  @Nullable Long memory;

  @Option(
      names = "--gres",
      paramLabel = "NAME[:TYPE]:N",
      description = "Devices, such as gpu:a100:2.")
  @Nullable String gres;

  @Option(
      names = {"-A", "--account"},
      paramLabel = "NAME",
      description = "Account.")
  @Nullable String account;

  @Option(
      names = {"-q", "--qos"},
      paramLabel = "NAME",
      description = "Quality of service.")
  @Nullable String qos;

  @Option(
      names = {"-x", "--exclude"},
      paramLabel = "NODES",
      converter = Converters.Nodes.class,
      description = "Nodes not to use.")
  @Nullable String exclude;

  @Option(
      names = {"-r", "--reservation"},
      paramLabel = "NAME",
      description = "Reservation.")
  @Nullable String reservation;

  @Option(names = "--exclusive", description = "The whole node for this job.")
  boolean exclusive;

  @Option(
      names = {"-H", "--hold"},
      description = "Submit, but do not run yet.")
  boolean hold;

  @Option(
      names = "--extra-attr",
      paramLabel = "JSON",
      converter = Converters.JsonObject.class,
      description = "Attributes for the cluster's scheduler.")
  @Nullable String extraAttr;

  @Option(names = "--mail-type", paramLabel = "TYPE", description = "When to send mail.")
  @Nullable String mailType;

  @Option(names = "--mail-user", paramLabel = "ADDRESS", description = "Whom to send mail.")
  @Nullable String mailUser;

  @Option(
      names = "--comment",
      paramLabel = "TEXT",
      description = "A comment for the cluster's accounting.")
  @Nullable String comment;

  /** The later of two places an option may stand in wins. */
  static <T> Optional<T> last(@Nullable T earlier, @Nullable T later) {
    return Optional.ofNullable(later == null ? earlier : later);
  }

  /** Options that have no effect on a node that is its own cluster. */
  List<String> withoutEffect() {
    List<String> names = new ArrayList<>();
    note(names, account, "--account");
    note(names, qos, "--qos");
    note(names, reservation, "--reservation");
    note(names, mailType, "--mail-type");
    note(names, mailUser, "--mail-user");
    note(names, comment, "--comment");
    note(names, extraAttr, "--extra-attr");
    return names;
  }

  private static void note(List<String> names, @Nullable String value, String name) {
    if (value != null) {
      names.add(name);
    }
  }
}
