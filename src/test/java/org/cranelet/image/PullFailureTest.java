package org.cranelet.image;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.cranelet.image.PullFailure.Kind;
import org.cranelet.image.reference.Reference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PullFailureTest {
  private static final Reference IMAGE = Reference.parse("registry.example:5000/team/tool:1");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unexpected status from HEAD request to https://r.example/v2/a/manifests/1: 503 Service"
            + " Unavailable",
        "unexpected status code [manifests 1]: 500 Internal Server Error",
        "unexpected status from GET request to https://r.example/v2/a/blobs/sha256:404: 429 Too"
            + " Many Requests",
        "toomanyrequests: You have reached your unauthenticated pull rate limit",
        "failed to do request: Head \"https://r.example/v2/\": dial tcp 10.0.0.1:443: connect:"
            + " connection refused",
        "failed to copy: httpReadSeeker: failed open: failed to do request: Get"
            + " \"https://r.example/v2/\": read tcp 10.0.0.1:401->10.0.0.2:443: read: connection"
            + " reset by peer",
        "failed to do request: Head \"https://r.example/v2/\": net/http: TLS handshake timeout",
        "failed to do request: Head \"https://r.example/v2/\": dial tcp: lookup r.example on"
            + " 10.0.0.2:53: read udp 10.0.0.1:40404->10.0.0.2:53: i/o timeout",
        "failed to do request: Head \"https://r.example/v2/\": dial tcp: lookup r.example:"
            + " Temporary failure in name resolution",
        "failed to commit: unexpected EOF",
        "short read: expected 401 bytes but got 200: unexpected EOF",
        "short read: expected 404 bytes but got 0: unexpected EOF",
        "context canceled",
        "something nobody has thought of",
        "",
      })
  void whatMayPassIsPassing(String said) {
    assertThat(PullFailure.of(IMAGE, said).kind()).isEqualTo(Kind.PASSING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "registry.example:5000/team/tool:1: not found",
        "reading manifest 1 in registry.example:5000/team/tool: manifest unknown",
        "unexpected status from HEAD request to https://r.example/v2/a/manifests/1: 404 Not Found",
        "failed to do request: Head \"https://nowhere.example/v2/\": dial tcp: lookup"
            + " nowhere.example on 10.0.0.2:53: no such host",
        "failed to do request: Head \"https://r.example/v2/\": tls: failed to verify certificate:"
            + " x509: certificate signed by unknown authority",
        "failed to do request: Head \"https://r.example:5000/v2/\": http: server gave HTTP response"
            + " to HTTPS client",
        "no match for platform in manifest: not found",
      })
  void whatStaysAsItIsIsFinal(String said) {
    assertThat(PullFailure.of(IMAGE, said).kind()).isEqualTo(Kind.FINAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to"
            + " https://auth.example/token?scope=a: 401 Unauthorized",
        "unexpected status from HEAD request to https://r.example/v2/a/manifests/1: 403 Forbidden",
        "pull access denied, repository does not exist or may require authorization: server"
            + " message: insufficient_scope: authorization failed",
        "reading manifest 1 in r.example/a: unauthorized: authentication required",
        "requested access to the resource is denied",
        "no basic auth credentials",
      })
  void whatALoginMayOpenIsToldApart(String said) {
    assertThat(PullFailure.of(IMAGE, said).kind()).isEqualTo(Kind.LOGIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "failed to extract layer sha256:404404: write /var/lib/containerd/403/a: no space left on"
            + " device: unknown",
        "write /var/lib/containers/b: disk quota exceeded",
      })
  void aFullDiskIsToldApart(String said) {
    assertThat(PullFailure.of(IMAGE, said).kind()).isEqualTo(Kind.NO_SPACE);
  }

  @Test
  void whatRuntimesPutAroundIsLeftOut() {
    // Given
    String message =
        "PullImage registry.example:5000/team/tool:1: failed to pull and unpack image"
            + " \"registry.example:5000/team/tool:1\": failed to resolve reference"
            + " \"registry.example:5000/team/tool:1\": registry.example:5000/team/tool:1: not"
            + " found";
    // When
    PullFailure failure = PullFailure.of(IMAGE, message);
    // Then
    assertThat(failure.said()).isEqualTo("registry.example:5000/team/tool:1: not found");
  }

  @Property
  void neitherNamesNorPortsNorDigestsDecide(@ForAll("references") Reference reference) {
    // Given
    String message =
        "PullImage %1$s: failed to pull and unpack image \"%1$s\": failed to do request: Get"
                .formatted(reference)
            + " \"https://%s/v2/%s/manifests/x\": dial tcp 10.0.0.1:%s: EOF"
                .formatted(
                    reference.registry(),
                    reference.repository(),
                    reference.registry().replaceAll("\\D", ""));
    // When
    PullFailure failure = PullFailure.of(reference, message);
    // Then
    assertThat(failure.kind()).isEqualTo(Kind.PASSING);
  }

  @Property
  void aStatusOfTheRegistryAlwaysDecides(@ForAll("references") Reference reference) {
    // Given
    String message =
        "PullImage %1$s: failed to resolve reference \"%1$s\": unexpected status from HEAD request to https://%2$s/v2/: 401 Unauthorized"
            .formatted(reference, reference.registry());
    // When
    PullFailure failure = PullFailure.of(reference, message);
    // Then
    assertThat(failure.kind()).isEqualTo(Kind.LOGIN);
  }

  @Provide
  Arbitrary<Reference> references() {
    Arbitrary<String> words =
        Arbitraries.of(
            "denied",
            "forbidden",
            "unauthorized",
            "not-found",
            "x509",
            "503",
            "404",
            "401",
            "429",
            "certificate",
            "unsupported",
            "toomanyrequests",
            "tool");
    Arbitrary<Integer> ports = Arbitraries.of(400, 401, 403, 404, 429, 500, 503, 5000);
    Arbitrary<String> ends =
        Arbitraries.oneOf(
            words.map(tag -> ":" + tag),
            Arbitraries.strings()
                .withChars("0123456789abcdef")
                .ofLength(64)
                .map(hex -> "@sha256:" + hex));
    return Combinators.combine(words, ports, words, words, ends)
        .as(
            (host, port, team, tool, end) ->
                Reference.parse(host + ".example:" + port + "/" + team + "/" + tool + end));
  }
}
