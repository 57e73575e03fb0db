package io.stagepost.amqp;

import io.stagepost.MessagingException;

/** The broker has been asked, and leaves it without an answer, as it does while it has an alarm. */
final class BrokerSilentException extends MessagingException {
  private static final long serialVersionUID = 1L;

  BrokerSilentException(String message) {
    super("SP-AMQP-053", message);
  }
}
