package org.cranelet.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * A layer of an image with one file in it, as a compressed archive.
 *
 * @param diff the digest of what it is uncompressed, as an image's configuration names it
 */
record Layer(byte[] gzip, String diff) {
  private static final int BLOCK = 512;
  private static final int CHUNK = 1 << 20;

  /** A file of its text. */
  static Layer text(String file, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(file, bytes.length, out -> out.write(bytes));
  }

  /** A file that is as large when it is downloaded. */
  static Layer random(String file, int bytes) {
    byte[] content = new byte[bytes];
    new Random().nextBytes(content);
    return of(file, bytes, out -> out.write(content));
  }

  /** A file that is a thousand times smaller when it is downloaded. */
  static Layer zeros(String file, long bytes) {
    byte[] chunk = new byte[CHUNK];
    return of(
        file,
        bytes,
        out -> {
          for (long left = bytes; left > 0; left -= CHUNK) {
            out.write(chunk, 0, (int) Math.min(left, CHUNK));
          }
        });
  }

  static String digest(byte[] bytes) {
    MessageDigest sha = sha256();
    sha.update(bytes);
    return name(sha);
  }

  String digest() {
    return digest(gzip);
  }

  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  private static Layer of(String file, long size, Content content) {
    MessageDigest sha = sha256();
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream tar = new DigestOutputStream(new FastGzip(compressed), sha)) {
      tar.write(header(file, size));
      content.write(tar);
      tar.write(new byte[(int) (-size & (BLOCK - 1)) + 2 * BLOCK]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Layer(compressed.toByteArray(), name(sha));
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, CHUNK);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /** A file of root's, 0644, of 1970 (POSIX.1-1988, ustar). */
  private static byte[] header(String file, long size) {
    byte[] header = new byte[BLOCK];
    put(header, 0, file);
    put(header, 100, "0000644\0" + "0000000\0" + "0000000\0");
    put(header, 124, "%011o\0%011o\0".formatted(size, 0));
    put(header, 148, "        0");
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += b;
    }
    put(header, 148, "%06o\0".formatted(sum));
    return header;
  }

  private static void put(byte[] header, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, offset, bytes.length);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String name(MessageDigest sha) {
    return "sha256:" + HexFormat.of().formatHex(sha.digest());
  }
}
