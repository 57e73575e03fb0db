package io.stagepost.samples.shop;

import io.stagepost.Topology;
import io.stagepost.asyncapi.operations.AccessList;
import io.stagepost.spi.Transport;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A broker that lets users do only what they were granted. */
interface Guarded extends AutoCloseable {
  AccessList.Broker kind();

  /** RabbitMQ's. */
  @Nullable String virtualHost();

  /** Somebody who may do nothing yet. */
  void user(String name);

  /** Grants by commands: the words after the program's name. */
  void grant(String user, List<List<String>> commands);

  /**
   * As a user; as one who may do everything if it is null. At RabbitMQ a channel is kept by the
   * latter, and read as a stream.
   */
  Transport transport(@Nullable String user, Topology topology, String stream);

  /** What a publish says that was denied. */
  String denied();

  @Override
  void close() throws IOException;
}
