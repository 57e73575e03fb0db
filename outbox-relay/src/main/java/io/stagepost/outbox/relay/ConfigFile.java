package io.stagepost.outbox.relay;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Files of settings, and URLs, that may hold passwords. */
final class ConfigFile {
  private ConfigFile() {}

  /** The properties of a file, by name; none without a file. Changeable. */
  static Map<String, String> read(@Nullable Path file, CommandSpec spec) {
    Map<String, String> settings = new TreeMap<>();
    if (file != null) {
      Properties read = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        read.load(reader);
      } catch (IOException | IllegalArgumentException unreadable) {
        throw new ParameterException(
            spec.commandLine(), file + " cannot be read: " + unreadable, unreadable);
      }
      read.stringPropertyNames().forEach(name -> settings.put(name, read.getProperty(name)));
    }
    return settings;
  }

  /** Says that a password stands where everybody on the machine can read it. */
  static ParameterException secret(String option, String variable, CommandSpec spec) {
    return new ParameterException(
        spec.commandLine(),
        option
            + " holds a password, which every user of this machine could read in the list of"
            + " processes: put it into the environment variable "
            + variable
            + ", or into a file, "
            + option
            + "-config FILE.");
  }
}
