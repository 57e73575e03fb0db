package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpConnectionException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpSecurityException;
import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.PublishUnknownException;
import io.stagepost.spi.Message;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What went wrong, in words that say what to do. */
final class AmqpFailures {
  private final String where;
  private final Login login;

  AmqpFailures(ConnectionSettings settings) {
    this.where = settings.where();
    this.login = settings.login();
  }

  PublishRejectedException missing(String address, Throwable cause) {
    return rejected(
        "SP-AMQP-003",
        "The exchange "
            + address
            + " does not exist at "
            + where
            + ". Create it, or let the transport do so (Topology.AUTO_CREATE).",
        cause);
  }

  String missingQueue(String queue) {
    return "SP-AMQP-032 The queue "
        + queue
        + " does not exist at "
        + where
        + ". Create it, or let the transport do so (Topology.AUTO_CREATE).";
  }

  PublishRejectedException unroutable(String address) {
    String queue = Layout.queueAt(address);
    if (queue != null) {
      return rejected(
          "SP-AMQP-004",
          "There is no queue " + queue + " at " + where + ", so the message is not stored.",
          null);
    }
    return rejected(
        "SP-AMQP-004",
        "Nobody gets what is published to "
            + address
            + " at "
            + where
            + ": no subscription's queue is bound to it, so the message is not stored. Start the"
            + " subscription once, or declare it: AmqpTransport.builder().group(\""
            + address
            + "\", \"its name\").",
        null);
  }

  PublishRejectedException refused(String address, @Nullable Throwable cause) {
    return rejected(
        "SP-AMQP-005",
        "The broker at "
            + where
            + " refused a message for "
            + address
            + (cause == null ? "" : " (" + cause.getMessage() + ")")
            + ": a queue behind it is full, say. It may lie in others of its queues already.",
        cause);
  }

  /** What somebody has to mend, since we are not let in, or not to do what we want. */
  private record Denial(String code, String text) {}

  private Denial denial(Throwable cause) {
    String why = root(cause).getMessage();
    if (cause instanceof NoTokenException) {
      return new Denial(
          "SP-AMQP-043",
          "The client "
              + login.user()
              + " got no token for the broker at "
              + where
              + " ("
              + why
              + "). Check that the token issuer answers, and what it is asked with: oauth2(...).");
    }
    if (cause instanceof NotLetInException) {
      boolean tls = find(SSLException.class, cause) != null;
      return new Denial(
          "SP-AMQP-042",
          "The broker at "
              + where
              + " and this client do not accept each other ("
              + why
              + "). Check "
              + (tls
                  ? "that both certificates are still valid, that each side trusts the other's"
                      + " issuer, and that the broker's certificate names its host"
                  : login.remedy())
              + ".");
    }
    return new Denial(
        "SP-AMQP-002",
        "The broker at "
            + where
            + " denies the user "
            + login.user()
            + " what it needs ("
            + why
            + "). Grant it write on exchanges to publish to, read on queues to consume, and"
            + " configure where the transport declares them; docs/rabbitmq.md says what.");
  }

  /**
   * Sorts out what the client says of a connection that did not come about. What somebody has to
   * mend is an {@link AmqpSecurityException}; what may pass by itself is another.
   */
  static RuntimeException sorted(RuntimeException refused, Login login) {
    if (login instanceof Login.Token
        && !(refused instanceof AmqpException)
        && !(refused instanceof IllegalStateException)) { // closed meanwhile
      return new NoTokenException(refused);
    }
    SSLException tls = find(SSLException.class, refused);
    if (tls != null) {
      String why = String.valueOf(tls.getMessage());
      return why.contains("closed") || why.contains("close_notify") // by a broker that restarts
          ? new AmqpConnectionException(why, refused)
          : new NotLetInException(refused);
    }
    return refused instanceof AmqpSecurityException ? new NotLetInException(refused) : refused;
  }

  /** Whether somebody has to mend it. A token that has expired is replaced with its connection. */
  private static boolean isDenied(Throwable failure) {
    return failure instanceof AmqpSecurityException
        && !String.valueOf(root(failure).getMessage()).contains("credential expired");
  }

  /** One side did not want to speak with the other. */
  private static final class NotLetInException extends AmqpSecurityException {
    private static final long serialVersionUID = 1;

    NotLetInException(RuntimeException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** No token could be obtained, so nobody was asked to let us in. */
  private static final class NoTokenException extends AmqpSecurityException {
    private static final long serialVersionUID = 1;

    NoTokenException(RuntimeException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Why a subscription may not receive; stays the same while the reason does.
   *
   * @return null if the failure is another one
   */
  @Nullable String blocking(Throwable failure) {
    String text;
    if (isDenied(failure)) {
      Denial denial = denial(failure);
      text = denial.code + " " + denial.text;
    } else if (isToMend(failure)) {
      text = String.valueOf(failure.getMessage());
    } else {
      return null;
    }
    return text + " It tries again by itself, at least twice a minute.";
  }

  /** Whether what is there is not as it is needed, and stays so until somebody mends it. */
  static boolean isToMend(Throwable failure) {
    return failure instanceof MessagingException && !(failure instanceof BrokerSilentException);
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure : root(cause);
  }

  private static <T extends Throwable> @Nullable T find(Class<T> type, Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return type.cast(each);
      }
    }
    return null;
  }

  /** The failure if somebody has to mend it; null if it may pass by itself. */
  @Nullable MessagingException ofAttaching(String address, AmqpException failure) {
    if (failure instanceof AmqpEntityDoesNotExistException) {
      return missing(address, failure);
    }
    if (isDenied(failure)) {
      Denial denial = denial(failure);
      return rejected(denial.code, denial.text, failure);
    }
    return null;
  }

  /** The failure if it is the message's own fault; null if not. */
  @Nullable MessagingException ofMessage(Message message, Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      String text = each.getMessage();
      if (text != null && text.contains("maximum") && text.contains("size")) {
        byte[] body = message.body();
        return new PublishRejectedException(
            "SP-AMQP-008",
            "A message of "
                + (body == null ? 0 : body.length)
                + " bytes for "
                + message.address()
                + " is larger than the broker at "
                + where
                + " takes (max_message_size). Make it smaller, or raise that.",
            Fault.MESSAGE,
            failure);
      }
    }
    return null;
  }

  PublishUnknownException unknown(String address, Throwable why) {
    return new PublishUnknownException(
        "SP-AMQP-006",
        "A message for "
            + address
            + " was sent to the broker at "
            + where
            + " once without an answer, and refused when it was sent again ("
            + why.getMessage()
            + "); it may be stored from before.",
        why);
  }

  MessagingException overdue(Message message, boolean sent, Duration timeout) {
    String what = "A message for " + message.address();
    if (sent) {
      return new PublishUnknownException(
          "SP-AMQP-006",
          what
              + " was not confirmed by the broker at "
              + where
              + " within "
              + timeout
              + "; it may be stored. Publish it again if in doubt: receivers tell duplicates by its"
              + " id.",
          null);
    }
    return rejected(
        "SP-AMQP-012",
        what
            + " could not be sent within "
            + timeout
            + ", since the broker at "
            + where
            + " does not answer, or takes nothing in; it is not stored. Check the broker (an alarm for"
            + " its disk or memory stops all publishing), the network, and that the virtual host"
            + " exists and the user may enter it.",
        null);
  }

  private static PublishRejectedException rejected(
      String code, String message, @Nullable Throwable cause) {
    return new PublishRejectedException(code, message, Fault.SURROUNDINGS, cause);
  }

  String manyLinks(String subscription, int count) {
    return "SP-AMQP-046 The subscription "
        + subscription
        + " needs "
        + count
        + " links on one connection, to the queues of all its channels and some beside; RabbitMQ"
        + " allows "
        + Layout.MOST_LINKS
        + ". Give it fewer partitions, or each channel a subscription of its own.";
  }

  String illegalName(String address) {
    return "SP-AMQP-011 The address \""
        + address
        + "\" is no name for an exchange: at most 255 bytes, not beginning with amq., no line"
        + " breaks. Choose another.";
  }

  MessagingException away(Throwable cause) {
    if (isDenied(cause)) {
      Denial denial = denial(cause);
      return new MessagingException(denial.code, denial.text, cause);
    }
    return new MessagingException(
        "SP-AMQP-001",
        "The broker at "
            + where
            + " does not answer ("
            + cause
            + "). Check address and network, and that the virtual host exists and the user may enter"
            + " it: the broker hangs up without a word otherwise.",
        cause);
  }

  BrokerSilentException silent(Duration patience) {
    return new BrokerSilentException(
        "The broker at "
            + where
            + " lets us in, and has not answered a question for "
            + patience
            + ": it has an alarm for its disk or memory, most likely. What is needed there was not"
            + " looked at; what exists is received from. End the alarm.");
  }

  MessagingException otherPartitions(String channel, int partitions, String seen) {
    return new MessagingException(
        "SP-AMQP-055",
        "The channel "
            + channel
            + " has another number of partitions at "
            + where
            + " than the "
            + partitions
            + " of this service: "
            + seen
            + ". In queues that nobody knows events would wait for ever. Give all services of the"
            + " channel the same AmqpTransport.builder().partitions(...); docs/rabbitmq.md tells how"
            + " to change it. If that queue was deleted by mistake, declare it again.");
  }

  MessagingException withoutHash(Throwable cause) {
    return new MessagingException(
        "SP-AMQP-019",
        "The broker at "
            + where
            + " does not know the exchange type x-consistent-hash, which spreads keys over queues:"
            + " rabbitmq-plugins enable rabbitmq_consistent_hash_exchange. Or say that the channel"
            + " needs no order: AmqpTransport.builder().unkeyed(...).",
        cause);
  }

  MessagingException differs(String queue, List<String> differences, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-AMQP-010",
        "The queue "
            + queue
            + " exists at "
            + where
            + " with other arguments, which cannot be changed: "
            + String.join("; ", differences)
            + ". Drain and delete it, and it is declared as needed; or declare it yourself and set"
            + " Topology.NONE.",
        cause);
  }

  String where() {
    return where;
  }
}
