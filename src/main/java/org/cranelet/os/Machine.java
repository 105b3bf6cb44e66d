package org.cranelet.os;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Facts about this machine. */
public final class Machine {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path UPTIME = Path.of("/proc/uptime");
  private static final double MILLIS = 1000;
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");

  private Machine() {}

  /** A random id that the kernel makes at each boot (random(4)). */
  public static String bootId() throws IOException {
    return Files.readString(BOOT_ID).strip();
  }

  /** Since the boot, time spent suspended included (proc_uptime(5)). */
  static Duration uptime() throws IOException {
    String seconds = Files.readString(UPTIME).split(" ", 2)[0];
    return Duration.ofMillis((long) (Double.parseDouble(seconds) * MILLIS));
  }

  /** The host name as the kernel has it, domain included if it has one. */
  public static String hostName() {
    try {
      return Files.readString(HOSTNAME).strip();
    } catch (IOException e) {
      return loopbackName();
    }
  }

  private static String loopbackName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  public static int cpus() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** All memory of the machine in bytes ({@code MemTotal}, proc_meminfo(5)). */
  public static long memoryBytes() throws IOException {
    List<String> lines = Files.readAllLines(MEMINFO);
    for (String line : lines) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("no MemTotal in " + MEMINFO);
  }
}
