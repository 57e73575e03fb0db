package io.stagepost.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.PublishUnknownException;
import io.stagepost.schema.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker whose disk becomes full. Mounts a small file system for it, which needs root: so it is
 * run by name, {@code -Dtest=DiskFullCheck}, and by {@code .ci/full}.
 */
@Timeout(600)
class DiskFullCheck {
  record Note(int number, String ballast) {}

  private static final String BALLAST = "x".repeat(100_000);

  private final EventType<Note> note =
      EventType.of("test.note.v1", Note.class)
          .source("urn:test:disk")
          .channel("notes")
          .codec(Json.codec());
  private final Set<Integer> handled = ConcurrentHashMap.newKeySet();
  private final List<Integer> confirmed = new ArrayList<>();
  private int published;

  @Test
  void d01_d03_when_the_brokers_disk_is_full_publishes_are_unknown_and_nothing_confirmed_is_lost(
      @TempDir Path folder) throws Exception {
    try (Disk disk = new Disk(folder);
        OwnBroker broker = new OwnBroker(Files.createDirectory(folder.resolve("broker")));
        Messaging messaging =
            Messaging.builder(KafkaTransport.to(broker.address()))
                .publishTimeout(Duration.ofSeconds(3))
                .build()) {
      messaging.subscribe("reader").on(note, event -> handled.add(event.data().number())).start();
      Throwable failure = publish(messaging);
      while (failure == null) {
        failure = publish(messaging);
      }
      assertThat(confirmed).hasSizeGreaterThan(50);
      assertThat(failure)
          .isInstanceOf(PublishUnknownException.class)
          .hasMessageStartingWith("SP-KAFKA-012");
      await("a broker without any usable disk ends itself")
          .atMost(Duration.ofMinutes(1))
          .until(() -> !broker.isRunning());

      disk.grow();
      broker.stop();
      broker.start();
      await().atMost(Duration.ofSeconds(60)).until(() -> publish(messaging) == null);
      await().atMost(Duration.ofSeconds(60)).until(() -> handled.containsAll(confirmed));
      System.out.println(published + " published, " + confirmed.size() + " confirmed");
    }
  }

  /** What the publish fails with; null if it was confirmed. */
  private @Nullable Throwable publish(Messaging messaging) throws Exception {
    int number = published++;
    try {
      messaging.publish(note.event(new Note(number, BALLAST))).get(20, TimeUnit.SECONDS);
      confirmed.add(number);
      return null;
    } catch (ExecutionException failure) {
      return failure.getCause();
    }
  }

  /** A file system of 48 MiB, in memory. */
  private record Disk(Path folder) implements AutoCloseable {
    Disk {
      run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder.toString());
    }

    void grow() {
      run("mount", "-o", "remount,size=512m", folder.toString());
    }

    @Override
    public void close() {
      run("umount", "--lazy", folder.toString()); // the broker may not be quite gone
    }

    private static void run(String... command) {
      try {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor())
            .as("%s: it takes root, and a kernel that lets it mount", String.join(" ", command))
            .isZero();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(interrupted);
      }
    }
  }
}
