package org.cranelet.image.reference;

import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.InvalidImageReferenceException;
import java.util.Locale;
import java.util.Optional;

/**
 * An image's full name, as docker and the runtimes read what a user writes: {@code ubuntu} is
 * {@code docker.io/library/ubuntu:latest}. A digest makes a tag beside it meaningless, so it is
 * dropped.
 *
 * @param registry host and port, as {@link #hostOf}
 * @param tag absent if there is a digest
 */
public record Reference(
    String registry, String repository, Optional<String> tag, Optional<String> digest) {
  /** The registry of a name without one. */
  public static final String DOCKER_HUB = "docker.io";

  /** Where Docker Hub's registry really answers. */
  private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

  /** Registry and repository together (docker's limit). */
  private static final int MAX_NAME = 255;

  /** A name, a tag of 128 characters and a digest; nothing longer needs a closer look. */
  private static final int MAX_LENGTH = 512;

  /**
   * @throws IllegalArgumentException if it is none; the message says what, and why
   */
  public static Reference parse(String text) {
    requirePlausible(text);
    ImageReference parsed;
    try {
      parsed = ImageReference.parse(text);
    } catch (InvalidImageReferenceException e) {
      throw invalid(text, "it must be [REGISTRY/]NAME[:TAG|@sha256:DIGEST], NAME in lower case");
    }
    Reference reference = normal(parsed);
    if (reference.name().length() > MAX_NAME) {
      throw invalid(text, "the name has more than " + MAX_NAME + " characters");
    }
    return reference;
  }

  private static void requirePlausible(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("no image given");
    }
    if (text.length() > MAX_LENGTH) {
      throw invalid(text, "it has more than " + MAX_LENGTH + " characters");
    }
    if (text.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
      throw invalid(text, "it holds a space, a control character or one beyond ASCII");
    }
    if (text.matches("(sha256:)?[0-9a-f]{64}")) {
      throw invalid(text, "it is an image's id; use a name, or NAME@sha256:DIGEST");
    }
  }

  private static Reference normal(ImageReference parsed) {
    String registry = parsed.getRegistry();
    String repository = parsed.getRepository();
    int slash = repository.indexOf('/');
    if (registry.equals(DOCKER_HUB_HOST) && slash > 0 && hasUpperCase(repository, slash)) {
      registry = repository.substring(0, slash); // no repository has capitals, a host may
      repository = repository.substring(slash + 1);
    }
    registry = hostOf(registry);
    if (registry.equals(DOCKER_HUB) && !repository.contains("/")) {
      repository = "library/" + repository;
    }
    return new Reference(
        registry,
        repository,
        parsed.getDigest().isPresent() ? Optional.empty() : parsed.getTag(),
        parsed.getDigest());
  }

  private static boolean hasUpperCase(String text, int end) {
    return text.chars().limit(end).anyMatch(Character::isUpperCase);
  }

  /**
   * A registry's host in lower case; Docker Hub's many names are one. A bare word keeps its
   * capitals: only they tell it from a repository.
   */
  public static String hostOf(String registry) {
    String host = registry.toLowerCase(Locale.ROOT);
    if (!host.matches(".*[.:].*|localhost")) {
      return registry;
    }
    return switch (host) {
      case "index.docker.io", DOCKER_HUB_HOST -> DOCKER_HUB;
      default -> host;
    };
  }

  /** Where a registry's API answers: host and port. */
  public static String endpointOf(String registry) {
    return registry.equals(DOCKER_HUB) ? DOCKER_HUB_HOST : registry;
  }

  /** Without tag and digest. */
  public String name() {
    return registry + "/" + repository;
  }

  /** Whether it may be another image tomorrow as a matter of course: {@code latest} or no tag. */
  public boolean isLatest() {
    return tag.filter("latest"::equals).isPresent();
  }

  @Override
  public String toString() {
    return name() + tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }

  private static IllegalArgumentException invalid(String text, String why) {
    String plain = text.replaceAll("[^ -~]", "?");
    String shown = plain.length() > 80 ? plain.substring(0, 80) + "…" : plain;
    return new IllegalArgumentException("'" + shown + "' is not an image reference: " + why);
  }
}
