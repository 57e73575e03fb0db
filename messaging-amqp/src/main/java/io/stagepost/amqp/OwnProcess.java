package io.stagepost.amqp;

import java.util.UUID;
import java.util.concurrent.Semaphore;

/**
 * This process, as seen by others and by the subscriptions in it.
 *
 * @param id never the same again
 * @param alone one permit: who has it handles what may kill the process, and nothing else begins
 */
record OwnProcess(String id, Semaphore alone) {
  OwnProcess() {
    this(UUID.randomUUID().toString(), new Semaphore(1));
  }
}
