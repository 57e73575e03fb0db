package io.stagepost.kafka;

import io.stagepost.testkit.fixture.KafkaFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A broker in a process of its own, which keeps its address and its data when it starts again. */
final class OwnBroker implements AutoCloseable {
  private final Path data;
  private final String address;
  private KafkaFixture broker;

  OwnBroker() {
    this(temporary());
  }

  OwnBroker(Path data) {
    this.data = data;
    broker = KafkaFixture.start(data);
    address = broker.bootstrapServers();
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("stagepost-broker");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  String address() {
    return address;
  }

  /** In order: it says good-bye to its clients. */
  void stop() {
    broker.close();
  }

  /** As a power cut: it says and writes nothing more. */
  void kill() {
    ProcessHandle process = ProcessHandle.of(broker.pid().orElseThrow()).orElseThrow();
    process.destroyForcibly();
    process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    broker.close();
  }

  /** It keeps its connections, and answers nothing. */
  void freeze() {
    signal("STOP");
  }

  void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -" + name + " " + broker.pid().orElseThrow())
              .inheritIO()
              .start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill ended with " + kill.exitValue());
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  void start() {
    broker = KafkaFixture.start(data);
    if (!broker.bootstrapServers().equals(address)) {
      throw new IllegalStateException(
          "The broker was at " + address + " and is at " + broker.bootstrapServers());
    }
  }

  /** Whether its process runs. */
  boolean isRunning() {
    return ProcessHandle.of(broker.pid().orElseThrow()).map(ProcessHandle::isAlive).orElse(false);
  }

  /** Ends it and removes what it left. */
  @Override
  public void close() {
    if (isRunning()) {
      thaw(); // a frozen one does not hear that it is to end
    }
    broker.close();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
