package io.stagepost.dlq;

import io.cloudevents.CloudEvent;

/**
 * Encodes an event anew: reads its data with the schema that it was written with, and writes it
 * with the current one. Thread-safe.
 */
@FunctionalInterface
public interface Upcast {
  /**
   * The event with other data, and what goes with that: its content type and data schema.
   *
   * @param event as it lies
   * @param destination where it goes
   * @return the event with its data as written now; itself if it is up to date
   * @throws io.stagepost.MessagingException if it cannot be read, or not be written so
   */
  CloudEvent upcast(CloudEvent event, String destination);
}
