package org.cranelet;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the package table of ARCHITECTURE.md: what may import what. */
class ArchitectureTest {
  private static final String ROOT = "org.cranelet";
  private static final String[] GROUND = {"os", "config", "metrics", "pod"};

  /** Made by protoc from src/main/proto. */
  private static final String[] GENERATED = {
    "org.cranelet.proto..",
    "org.cranelet.cri.v1..",
    "org.cranelet.cri.containerd.events..",
    "org.cranelet.cri.containerd.content.."
  };

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(ROOT);

  /** One row of the table: a package and what it may import beyond itself. */
  private record Row(String name, List<String> mayImport) {
    static Row of(String name, String... beyondGround) {
      List<String> all = new ArrayList<>(List.of(GROUND));
      all.addAll(List.of(beyondGround));
      return new Row(name, all);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> table() {
    return Stream.of(
        new Row("os", List.of()),
        new Row("metrics", List.of()),
        Row.of("config"),
        Row.of("pod"),
        Row.of("transport"),
        Row.of("cri", "transport"),
        Row.of("workspace"),
        Row.of("image", "cri", "workspace"),
        Row.of("image.reference"),
        Row.of("mount", "workspace"),
        Row.of("device"),
        Row.of("cgroup"),
        Row.of("job", "cri", "image", "workspace"),
        Row.of("standalone", "job", "workspace"),
        Row.of("node", "job", "transport"),
        Row.of("stream", "job", "cri", "transport"),
        Row.of("api", "standalone", "job", "image", "stream", "transport", "proto"),
        Row.of("health"),
        Row.of("cli", "transport", "cri", "image.reference", "proto"),
        Row.of("cni"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void aPackageImportsOnlyWhatTheTableAllows(Row row) {
    List<String> allowed = new ArrayList<>(List.of(tree(row.name())));
    row.mayImport().forEach(name -> allowed.add(tree(name)));

    classes()
        .that(resideInAPackage(tree(row.name())))
        .and(not(resideInAnyPackage(GENERATED)))
        .should()
        .onlyDependOnClassesThat(
            not(resideInAPackage(ROOT + ".."))
                .or(resideInAnyPackage(allowed.toArray(String[]::new)))
                .as("are not ours, or in " + allowed))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void theTableKnowsEveryPackage() {
    TreeSet<String> unknown = new TreeSet<>();
    for (JavaClass c : ours()) {
      String name = c.getPackageName();
      boolean known =
          name.equals(ROOT)
              || table().anyMatch(r -> (name + ".").startsWith(ROOT + "." + r.name() + "."));
      if (!known) {
        unknown.add(name);
      }
    }

    assertThat(unknown).isEmpty();
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching("org.cranelet.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nobodyImportsTheRootPackage() {
    noClasses()
        .that(not(resideInAPackage(ROOT)))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT))
        .check(CLASSES);
  }

  @Test
  void onlyCriSeesTheRuntimesMessages() {
    noClasses()
        .that(not(resideInAnyPackage("org.cranelet.cri..")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "org.cranelet.cri.v1..",
                "org.cranelet.cri.containerd.events..",
                "org.cranelet.cri.containerd.content.."))
        .check(CLASSES);
  }

  @Test
  void onlyApiAndCliSeeTheUsersMessages() {
    noClasses()
        .that(not(resideInAnyPackage("org.cranelet.api..", "org.cranelet.cli..")))
        .and(not(resideInAnyPackage(GENERATED)))
        .should()
        .dependOnClassesThat(resideInAPackage("org.cranelet.proto.."))
        .check(CLASSES);
  }

  @Test
  void onlyTransportTouchesVertxAndNetty() {
    noClasses()
        .that(not(resideInAnyPackage("org.cranelet.transport..")))
        .and(not(resideInAnyPackage(GENERATED)))
        .and()
        .doNotHaveFullyQualifiedName("org.cranelet.Daemon")
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.vertx..", "io.netty.."))
        .check(CLASSES);
  }

  @Test
  void theDaemonMayHaveVertxInjectedAndNoMore() {
    noClasses()
        .that()
        .haveFullyQualifiedName("org.cranelet.Daemon")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.vertx..", "io.netty..")
                .and(not(name("io.vertx.core.Vertx")))
                .as("are Vert.x's or Netty's, other than Vertx itself"))
        .check(CLASSES);
  }

  @Test
  void noClassGoesAroundTheJvm() {
    noClasses()
        .that(not(resideInAnyPackage(GENERATED)))
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.lang.foreign..")
                .or(name("sun.misc.Unsafe"))
                .or(name("jdk.internal.misc.Unsafe")))
        .check(CLASSES);
  }

  @Test
  void onlyOsStartsProcesses() {
    noClasses()
        .that(not(resideInAPackage("org.cranelet.os..")))
        .should()
        .dependOnClassesThat(name("java.lang.ProcessBuilder"))
        .orShould()
        .callMethodWhere(
            DescribedPredicate.describe(
                "Runtime.exec",
                call ->
                    call.getTargetOwner().isEquivalentTo(Runtime.class)
                        && call.getName().equals("exec")))
        .check(CLASSES);
  }

  @Test
  void onlyTheRootPackageExits() {
    noClasses()
        .that(not(resideInAPackage(ROOT)))
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(CLASSES);
  }

  @Test
  void onlyCommandLinesPrint() {
    noClasses()
        .that(not(resideInAPackage("org.cranelet.cli..")))
        .and()
        .doNotHaveFullyQualifiedName("org.cranelet.Main")
        .and()
        .doNotHaveFullyQualifiedName("org.cranelet.OneLine") // a filter is java.util.logging's
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .dependOnClassesThat(resideInAPackage("java.util.logging.."))
        .check(CLASSES);
  }

  @Test
  void everyPackageIsDescribedAndNullMarked() {
    TreeSet<String> bare = new TreeSet<>();
    for (JavaClass c : ours()) {
      if (!c.getPackage().isAnnotatedWith(NullMarked.class)) {
        bare.add(c.getPackageName());
      }
    }

    assertThat(bare).isEmpty();
  }

  private static List<JavaClass> ours() {
    return CLASSES.stream().filter(not(resideInAnyPackage(GENERATED))).toList();
  }

  private static DescribedPredicate<JavaClass> name(String name) {
    return DescribedPredicate.describe(name, c -> c.getFullName().equals(name));
  }

  private static String tree(String name) {
    return ROOT + "." + name + "..";
  }

  /** Why: docs/adr/0003-no-monitors-on-virtual-threads.md. */
  @Test
  void noMethodOfOursIsSynchronized() {
    noMethods()
        .that()
        .areDeclaredInClassesThat(not(resideInAnyPackage(GENERATED)))
        .should()
        .haveModifier(JavaModifier.SYNCHRONIZED)
        .check(CLASSES);
  }
}
