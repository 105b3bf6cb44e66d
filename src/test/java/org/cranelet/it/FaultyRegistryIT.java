package org.cranelet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.cranelet.it.FaultyRegistry.Kind;
import org.cranelet.transport.RpcException;
import org.junit.jupiter.api.Test;

/** The tests' own registry does to the bare runtime what other tests rely on. */
class FaultyRegistryIT {
  private static final int KIB = 1024;

  @Test
  void aPullAsksOnceForTheTagAndOnceForEachLayerThatIsNotThere() {
    try (var registry = FaultyRegistry.listening()) {
      TestImage image = TestImage.tiny("plain");
      String name = registry.push(image);

      registry.runtime.pull(name);

      assertThat(registry.runtime.has(name)).isTrue();
      assertThat(registry.resolves()).isEqualTo(1);
      assertThat(registry.blobGets()).hasSize(2).allSatisfy((d, n) -> assertThat(n).isOne());
      assertThat(registry.authorizations()).isEmpty();
      registry.runtime.remove(name);
      assertThat(registry.runtime.has(name)).isFalse();
    }
  }

  @Test
  void aTagThatMovesIsAnotherImage() {
    try (var registry = FaultyRegistry.listening()) {
      TestImage image = TestImage.tiny("moves");
      String name = registry.push(image);
      registry.runtime.pull(name);

      registry.push(image.moved("moved"));
      registry.runtime.pull(name);

      assertThat(registry.blobGets()).hasSize(4);
    }
  }

  @Test
  void loginsAreAskedForAndSeen() {
    try (var registry = FaultyRegistry.listening()) {
      registry.requireLogin("one", "secret");
      String name = registry.push(TestImage.tiny("login"));

      assertThatThrownBy(() -> registry.runtime.pull(name, "one", "wrong"))
          .isInstanceOf(RpcException.class)
          .hasMessageContaining("401");
      registry.runtime.pull(name, "one", "secret");

      assertThat(registry.authorizations())
          .containsExactlyInAnyOrder(
              RealRegistry.basic("one", "secret"), RealRegistry.basic("one", "wrong"));
    }
  }

  @Test
  void theClosedRegistryRefusesWhoHasNoLoginThere() {
    try (var registry = FaultyRegistry.closed()) {
      String name = registry.push(TestImage.tiny("closed"));

      assertThatThrownBy(() -> registry.runtime.pull(name)).isInstanceOf(RpcException.class);
      registry.runtime.pull(name, "tester", "testbed-pass");

      assertThat(registry.runtime.has(name)).isTrue();
    }
  }

  @Test
  void refusalsAreTold() {
    try (var registry = FaultyRegistry.listening()) {
      String name = registry.push(TestImage.tiny("refused"));
      registry.refuse(Kind.MANIFEST, 503);

      assertThatThrownBy(() -> registry.runtime.pull(name)).hasMessageContaining("503");
      registry.heal();
      registry.runtime.pull(name);
    }
  }

  @Test
  void aStalledLayerGoesOnWhenItIsReleased() {
    try (var registry = FaultyRegistry.listening()) {
      String name = registry.push(TestImage.of("stalls", Layer.random("random", 512 * KIB)));
      Stall stall = registry.stallNext();
      var pull = CompletableFuture.runAsync(() -> registry.runtime.pull(name));
      stall.await();
      assertThat(pull.isDone()).isFalse();

      stall.release();

      pull.join();
    }
  }

  @Test
  void aBrokenConnectionFailsThePullAndTheNextOneGetsTheRest() {
    try (var registry = FaultyRegistry.listening()) {
      TestImage image = TestImage.of("breaks", Layer.random("random", 512 * KIB));
      String name = registry.push(image);
      registry.breakNext(100);
      assertThatThrownBy(() -> registry.runtime.pull(name)).isInstanceOf(RpcException.class);

      registry.heal();
      registry.runtime.pull(name);

      assertThat(registry.bytesSent()).isGreaterThan(image.bytesToPull());
    }
  }

  @Test
  void aThrottledLayerTakesItsTime() {
    try (var registry = FaultyRegistry.listening()) {
      String name = registry.push(TestImage.of("slow", Layer.random("random", 512 * KIB)));
      registry.throttle(256 * KIB);
      long start = System.nanoTime();

      registry.runtime.pull(name);

      assertThat(System.nanoTime() - start).isGreaterThan(1_500_000_000L);
      assertThat(registry.transfers()).isZero();
    }
  }

  @Test
  void aCertificateThatNobodyTrustsFailsThePull() {
    try (var registry = FaultyRegistry.distrusted()) {
      String name = registry.push(TestImage.tiny("tls"));

      assertThatThrownBy(() -> registry.runtime.pull(name)).hasMessageContaining("certificate");
    }
  }

  @Test
  void aRegistryThatVanishedIsNotThereUntilItIsHealed() {
    try (var registry = FaultyRegistry.listening()) {
      String name = registry.push(TestImage.tiny("gone"));
      registry.vanish();
      assertThatThrownBy(() -> registry.runtime.pull(name))
          .hasMessageContaining("connection refused");

      registry.heal();

      registry.runtime.pull(name);
    }
  }

  @Test
  void layersMayBeElsewhereAndAMirrorIsAskedFirst() {
    try (var registry = FaultyRegistry.listening();
        var other = FaultyRegistry.elsewhere()) {
      String name = registry.push(TestImage.tiny("elsewhere"));
      registry.redirectBlobsTo(other);
      registry.runtime.pull(name);
      assertThat(other.blobGets()).hasSize(2);
      registry.runtime.remove(name);

      registry.heal();
      registry.forget();
      registry.mirroredBy(other);
      registry.runtime.pull(name);

      assertThat(registry.requests()).isEmpty();
    }
  }
}
