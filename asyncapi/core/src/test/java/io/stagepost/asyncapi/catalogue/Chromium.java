package io.stagepost.asyncapi.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Where a Chromium or Chrome is on this machine: {@code CHROME}, else on the {@code PATH}, else
 * unpacked from Debian's packages into the user's cache, once (100 MB, half a minute).
 */
final class Chromium {
  /** Goes up when the script makes something else than before. */
  private static final int RECIPE = 1;

  private static final List<String> NAMES =
      List.of("chrome-headless-shell", "google-chrome", "chromium", "chrome");

  private Chromium() {}

  static Path provide() throws IOException, InterruptedException {
    String chosen = System.getenv("CHROME");
    if (chosen != null && !chosen.isEmpty()) {
      return Path.of(chosen);
    }
    for (String name : NAMES) {
      for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
        Path program = Path.of(directory, name);
        if (Files.isExecutable(program)) {
          return program;
        }
      }
    }
    String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
    String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", home + "/.cache");
    Path target =
        Path.of(cache, "stagepost", "chromium-" + System.getProperty("os.arch") + "-" + RECIPE);
    Files.createDirectories(target.getParent());
    try (FileChannel lock =
        FileChannel.open(
            target.resolveSibling(target.getFileName() + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      lock.lock();
      if (!Files.isDirectory(target)) {
        unpack(target);
      }
    }
    return target.resolve("chromium");
  }

  private static void unpack(Path target) throws IOException, InterruptedException {
    String script;
    try (InputStream in = Chromium.class.getResourceAsStream("chromium-unpack.sh")) {
      script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Process process =
        new ProcessBuilder("/bin/sh", "-c", script, "chromium-unpack.sh", target.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("there is no Chromium, and none could be unpacked:\n" + said);
    }
  }
}
