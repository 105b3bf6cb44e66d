package org.cranelet.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where and how much the daemon logs, besides standard error.
 *
 * @param level trace, debug, info, warn or error
 * @param file the log file, if one is wanted ({@code CranedLogFile} names it, {@code
 *     Container.LogToFile} turns it on)
 * @param maxFileBytes at which it is rotated
 * @param maxFiles how many rotated files are kept
 */
public record LogSettings(String level, Optional<Path> file, long maxFileBytes, int maxFiles) {}
