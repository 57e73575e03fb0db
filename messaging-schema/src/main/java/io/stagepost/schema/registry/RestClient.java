package io.stagepost.schema.registry;

import io.stagepost.MessagingException;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Brings an answer of a registry, from whichever of its servers gives one, within a bounded time.
 * What is an answer and what it means is the caller's business: this class tries again where there
 * was none (I/O errors, 408, 429, 5xx). Thread-safe.
 */
final class RestClient implements AutoCloseable {
  static final int CONCURRENT = 8;
  static final int LONGEST_ANSWER = 10 * 1024 * 1024;
  static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private static final Duration LONGEST_TOLD = Duration.ofHours(1);

  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

  private final List<URI> urls;
  private final Credentials credentials;
  private final Map<String, String> headers;
  private final Duration timeout;
  private final Duration requestTimeout;
  private final ThreadPoolExecutor threads;
  private final Semaphore permits = new Semaphore(CONCURRENT, true);
  private final AtomicInteger failedRounds = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<Object, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();

  /** Null once closed: on JDK 17 its thread ends when nothing refers to it. */
  private volatile @Nullable HttpClient client;

  private volatile int preferred;
  private volatile boolean failing;
  private volatile long notBefore = System.nanoTime();

  RestClient(
      List<URI> urls,
      Credentials credentials,
      Map<String, String> headers,
      Duration timeout,
      Duration requestTimeout,
      @Nullable SSLContext tls,
      @Nullable ProxySelector proxy) {
    this.urls = urls;
    this.credentials = credentials;
    this.headers = headers;
    this.timeout = timeout;
    this.requestTimeout = requestTimeout;
    this.threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> {
              Thread thread = new Thread(work, "stagepost-schema-registry");
              thread.setDaemon(true);
              return thread;
            });
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            // credentials must not follow to wherever an answer points
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(requestTimeout)
            .executor(threads);
    if (tls != null) {
      builder.sslContext(tls);
    }
    if (proxy != null) {
      builder.proxy(proxy);
    }
    this.client = builder.build();
  }

  /** A server's answer: never 401, 403, 408, 429 or 5xx. */
  record Answer(int status, byte[] body, URI url, RestClient client) {}

  /**
   * Asks until there is an answer or the time is over.
   *
   * @param path from the base URL on, with its query
   */
  Answer call(String method, String path, byte @Nullable [] body) {
    long deadline = System.nanoTime() + timeout.toNanos();
    String last = null;
    Throwable cause = null;
    String refusedToken = null;
    int index = preferred;
    int tried = 0;
    while (true) {
      int acquired = acquire(deadline);
      if (acquired == 0) {
        throw noAnswer(method, path, last == null ? whyNotAsked() : last, cause);
      }
      URI url = urls.get(index);
      try {
        String authorization = credentials.authorization();
        HttpResponse<byte[]> response = exchange(method, url, path, body, authorization, deadline);
        int status = response.statusCode();
        if (status == 401 && credentials.areRenewed() && refusedToken == null) {
          refusedToken = authorization;
          continue; // once, with a token that may be newer
        }
        if (status != 408 && status != 429 && status < 500) {
          answered(index);
          if (status == 401 || status == 403) {
            throw refused(status, url, response.body());
          }
          return new Answer(status, response.body(), url, this);
        }
        last = url + " answered " + status + said(response.body());
        cause = null;
        pauseAsTold(response);
      } catch (LimitedBody.TooLong garbage) {
        throw garbage(url, "it is longer than " + LONGEST_ANSWER + " bytes", garbage);
      } catch (IOException failure) {
        // one that the end of the time cut short says less than the one before
        if (last == null || System.nanoTime() - deadline < 0) {
          last = url + " could not be asked: " + describe(failure);
          cause = failure;
        }
      } finally {
        permits.release(acquired);
      }
      failing = true;
      tried++;
      index = (index + 1) % urls.size();
      if (tried % urls.size() == 0) {
        pause();
      }
    }
  }

  /**
   * Waits for its turn: for the pause to end, and for one permit, or for all of them where the last
   * question failed. Gives how many it has; none if the time is over.
   */
  private int acquire(long deadline) {
    try {
      while (true) {
        long now = System.nanoTime();
        long pause = notBefore - now;
        if (pause > deadline - now || now - deadline >= 0) {
          return 0;
        }
        if (pause > 0 && closed.await(pause, TimeUnit.NANOSECONDS)) {
          throw Ended.closed();
        }
        int wanted = failing ? CONCURRENT : 1;
        if (!permits.tryAcquire(wanted, deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return 0;
        }
        if (closed.getCount() > 0 && System.nanoTime() - notBefore >= 0) {
          return wanted;
        }
        permits.release(wanted);
        if (closed.getCount() == 0) {
          throw Ended.closed();
        }
      }
    } catch (InterruptedException interrupted) {
      throw Ended.interrupted(interrupted);
    }
  }

  private HttpResponse<byte[]> exchange(
      String method,
      URI url,
      String path,
      byte @Nullable [] body,
      String authorization,
      long deadline)
      throws IOException {
    HttpClient http = client;
    if (http == null) {
      throw Ended.closed();
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Accept", CONTENT_TYPE + ", application/json")
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (body != null) {
      request.header("Content-Type", CONTENT_TYPE);
    }
    headers.forEach(request::header);
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    // The client's own time limit ends with the headers: a body may drip for ever.
    long limit = Math.min(requestTimeout.toNanos(), deadline - System.nanoTime());
    CompletableFuture<HttpResponse<byte[]>> response =
        http.sendAsync(request.build(), head -> new LimitedBody(LONGEST_ANSWER));
    Object question = new Object();
    underWay.put(question, response);
    try {
      if (closed.getCount() == 0) {
        throw Ended.closed();
      }
      return response.get(limit, TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw new IOException(
          "no answer within " + Duration.ofNanos(limit).truncatedTo(ChronoUnit.MILLIS), late);
    } catch (ExecutionException failed) {
      if (closed.getCount() == 0) {
        throw Ended.closed();
      }
      if (failed.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException(String.valueOf(failed.getCause()), failed.getCause());
    } catch (CancellationException ended) {
      throw Ended.closed();
    } catch (InterruptedException interrupted) {
      throw Ended.interrupted(interrupted);
    } finally {
      underWay.remove(question);
      response.cancel(true);
    }
  }

  private String whyNotAsked() {
    return failing
        ? "it did not answer the questions before either, and is given a pause"
        : "all this time " + CONCURRENT + " other questions were under way";
  }

  private void answered(int index) {
    preferred = index;
    failing = false;
    failedRounds.set(0);
  }

  /** Full jitter, for whoever asks: all servers failed. */
  private void pause() {
    int rounds = Math.min(failedRounds.getAndIncrement(), 10);
    long longest = Math.min(LONGEST_PAUSE.toNanos(), timeout.toNanos() / 4 + 1);
    long bound = Math.min(longest, FIRST_PAUSE.toNanos() << rounds);
    postpone(ThreadLocalRandom.current().nextLong(bound));
  }

  /** A server that says when to come again is heeded, by whoever asks. */
  private void pauseAsTold(HttpResponse<?> response) {
    Optional<String> told = response.headers().firstValue("Retry-After");
    if (told.isPresent() && (urls.size() == 1 || response.statusCode() == 429)) {
      retryAfter(told.get().trim()).ifPresent(pause -> postpone(pause.toNanos()));
    }
  }

  private void postpone(long nanos) {
    long until = System.nanoTime() + nanos;
    if (until - notBefore > 0) {
      notBefore = until;
    }
  }

  /** Seconds or a date (RFC 9110, section 10.2.3); at most an hour is believed. */
  private static Optional<Duration> retryAfter(String told) {
    Duration pause;
    if (told.matches("\\d{1,9}")) {
      pause = Duration.ofSeconds(Long.parseLong(told));
    } else {
      try {
        ZonedDateTime at = ZonedDateTime.parse(told, DateTimeFormatter.RFC_1123_DATE_TIME);
        pause = Duration.between(ZonedDateTime.now(at.getZone()), at);
      } catch (DateTimeParseException unreadable) {
        return Optional.empty();
      }
    }
    return pause.isNegative()
        ? Optional.empty()
        : Optional.of(pause.compareTo(LONGEST_TOLD) > 0 ? LONGEST_TOLD : pause);
  }

  /** What an answer says, made fit to be shown: short, printable, without secrets. */
  String said(byte[] body) {
    String text =
        new String(body, 0, Math.min(body.length, 2_000), StandardCharsets.UTF_8)
            .replaceAll("[\\p{Cntrl}\\s]+", " ")
            .trim();
    for (String header : headers.values()) {
      text = text.replace(header, "***");
    }
    text = credentials.hide(text);
    return text.isEmpty() ? "" : ": " + (text.length() > 500 ? text.substring(0, 500) + "…" : text);
  }

  private MessagingException noAnswer(
      String method, String path, String last, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-SCHEMA-305",
        "The schema registry gave no answer to "
            + method
            + " "
            + path
            + " within "
            + timeout
            + ": "
            + last
            + ". Check that it runs and can be reached at "
            + this
            + "; what needs it waits and asks again.",
        cause);
  }

  private MessagingException refused(int status, URI url, byte[] body) {
    return new MessagingException(
        "SP-SCHEMA-306",
        "The schema registry at "
            + url
            + " denies access to "
            + credentials
            + ", by "
            + status
            + said(body)
            + ". "
            + (status == 401
                ? "Check the credentials"
                : "Grant the user READ on the subjects, and WRITE if schemas are registered")
            + "; what needs it waits and asks again.");
  }

  MessagingException garbage(URI url, String why, @Nullable Throwable cause) {
    return new MessagingException(
        "SP-SCHEMA-307",
        "What answers at "
            + url
            + " is no schema registry, or not well: "
            + why
            + ". The URL must lead to a Confluent-compatible API, such as http://HOST:8081 of"
            + " Confluent's or https://HOST/apis/ccompat/v7 of Apicurio's; redirects are not"
            + " followed. What needs it waits and asks again.",
        cause);
  }

  private static String describe(Throwable failure) {
    String message = failure.getMessage();
    String name = failure.getClass().getSimpleName();
    return message == null ? name : name + ": " + message;
  }

  @Override
  public void close() {
    closed.countDown();
    HttpClient http = client;
    client = null;
    underWay.values().forEach(each -> each.cancel(true));
    if (http instanceof AutoCloseable closeable) { // from JDK 21 on
      try {
        closeable.close();
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }
    threads.shutdown();
  }

  @Override
  public String toString() {
    return urls.stream().map(URI::toString).collect(Collectors.joining(", "));
  }

  /** Given up by this process, not failed: whoever waits for the same answer asks itself. */
  static final class Ended extends MessagingException {
    private static final long serialVersionUID = 1L;

    private Ended(String code, String message, @Nullable Throwable cause) {
      super(code, message, cause);
    }

    static Ended closed() {
      return new Ended("SP-SCHEMA-311", "The schema registry is used after close.", null);
    }

    static Ended interrupted(InterruptedException cause) {
      Thread.currentThread().interrupt();
      return new Ended(
          "SP-SCHEMA-312", "Interrupted while waiting for the schema registry.", cause);
    }
  }
}
