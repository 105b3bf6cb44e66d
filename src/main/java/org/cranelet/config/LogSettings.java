package org.cranelet.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where and how much the daemon logs, besides standard error.
 *
 * @param level trace, debug, info, warn or error
 * @param file the log file, {@code CranedLogFile}
 * @param toFile whether it is written: {@code Container.LogToFile}; if that is not there, {@code
 *     cranelet serve --log-to-file} says it
 * @param maxFileBytes at which it is rotated
 * @param maxFiles how many rotated files are kept
 */
public record LogSettings(
    String level, Path file, Optional<Boolean> toFile, long maxFileBytes, int maxFiles) {}
