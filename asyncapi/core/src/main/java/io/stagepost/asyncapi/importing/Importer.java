package io.stagepost.asyncapi.importing;

import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.SchemaNotFoundException;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.SchemaRegistry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes a first contract of what is there: a channel of each topic, a message of each subject's
 * newest schema.
 *
 * <pre>{@code
 * Imported imported =
 *     Importer.read(registry, Topics.parse(described, "topics.txt"), name -> true, heading);
 * }</pre>
 *
 * <p>A subject belongs to a topic by its name: {@code TOPIC-value}, {@code TOPIC-key}, {@code
 * TOPIC-RECORD}, or the topic's own. One that is named after its record alone becomes a message
 * among the components. Protobuf takes {@code com.squareup.wire:wire-schema-jvm} on the class path,
 * Avro with references {@code org.apache.avro:avro}. For one import.
 */
public final class Importer {
  private static final String NOT_INCLUDED = "not included";

  private final SchemaRegistry registry;
  private final Predicate<String> included;
  private final boolean areTopicsKnown;
  private final Map<String, Topic> topics = new TreeMap<>();
  private final Map<String, List<Subject>> values = new TreeMap<>();
  private final Map<String, Subject> keys = new TreeMap<>();
  private final List<Subject> records = new ArrayList<>();
  private final Map<String, List<String>> leftOut = new TreeMap<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  private Importer(SchemaRegistry registry, Predicate<String> included, boolean areTopicsKnown) {
    this.registry = registry;
    this.included = included;
    this.areTopicsKnown = areTopicsKnown;
  }

  /**
   * Reads the newest version of every subject, and what it refers to.
   *
   * @param registry where the schemas are
   * @param topics the topics that there are; null if nobody knows: those that subjects name
   * @param included whether a topic, or a subject without topic, is wanted
   * @param heading what neither tells
   * @return the contract, perhaps an empty one, with all that was left out
   * @throws MessagingException if the registry does not answer
   */
  public static Imported read(
      SchemaRegistry registry,
      @Nullable Collection<Topic> topics,
      Predicate<String> included,
      Heading heading) {
    Importer importer = new Importer(registry, included, topics != null);
    if (topics != null) {
      topics.forEach(importer::add);
    }
    importer.subjects();
    return importer.written(heading);
  }

  private void add(Topic topic) {
    String unwanted = Topic.unwanted(topic.name());
    if (unwanted == null && included.test(topic.name())) {
      topics.put(topic.name(), topic);
    } else {
      leaveOut(unwanted == null ? NOT_INCLUDED : unwanted, topic.name());
    }
  }

  private void leaveOut(String reason, String name) {
    List<String> names = leftOut.computeIfAbsent(reason, unused -> new ArrayList<>());
    if (!names.contains(name)) {
      names.add(name);
    }
  }

  private void subjects() {
    List<Subject> subjects = new ArrayList<>();
    Set<String> parts = new HashSet<>();
    for (String name : registry.subjects()) {
      String failure =
          failure(
              () -> {
                RegisteredSchema latest = registry.latest(name);
                latest.schema().references().forEach(each -> parts.add(each.subject()));
                subjects.add(Subject.of(latest, topics.keySet()));
              });
      if (failure != null && included.test(name.replaceFirst("-(value|key)$", ""))) {
        failures.add(name + ": " + failure);
      } else if (failure != null) {
        leaveOut("cannot be read, and not included by their names", name);
      }
    }
    for (Subject subject : subjects) {
      String name = subject.registered().subject();
      if (subject.topic() != null) {
        ofTopic(subject, subject.topic());
      } else if (!included.test(name)) {
        leaveOut(NOT_INCLUDED, name);
      } else if (parts.contains(name)) {
        leaveOut("only parts of other schemas", name);
      } else if (subject.strategy() == Subject.Strategy.RECORD) {
        records.add(subject);
      } else {
        leaveOut("subjects whose names tell no topic", name);
      }
    }
  }

  private void ofTopic(Subject subject, String topic) {
    String name = subject.registered().subject();
    if (!Topic.isName(topic)) {
      leaveOut("subjects of what cannot be a topic", name);
    } else if (!included.test(topic)) {
      leaveOut(NOT_INCLUDED, name);
    } else if (Topic.unwanted(topic) != null) {
      leaveOut("subjects of topics that are left out", name);
    } else if (areTopicsKnown && !topics.containsKey(topic)) {
      leaveOut("subjects of topics that are not in the list", name);
    } else {
      topics.computeIfAbsent(topic, Topic::named);
      if (subject.isKey()) {
        keys.put(topic, subject);
      } else {
        values.computeIfAbsent(topic, unused -> new ArrayList<>()).add(subject);
      }
    }
  }

  private Imported written(Heading heading) {
    Draft draft = new Draft(registry, heading);
    for (Topic topic : topics.values()) {
      Draft.Channel channel = draft.channel(topic);
      Subject key = keys.get(topic.name());
      for (Subject value : values.getOrDefault(topic.name(), List.of())) {
        attempt(value, () -> channel.message(value, key));
      }
      if (key != null && !values.containsKey(topic.name())) {
        leaveOut("schemas of keys, without one of values", key.registered().subject());
      }
    }
    for (Subject record : records) {
      attempt(
          record,
          () ->
              notes.add(
                  record.registered().subject()
                      + " names no topic (RecordNameStrategy): it is "
                      + draft.message(record)
                      + "; refer to it from the channels that carry it"));
    }
    notes.addAll(draft.imports());
    return new Imported(draft.text(), topics.size(), draft.messages(), leftOut, notes, failures);
  }

  private void attempt(Subject subject, Runnable work) {
    String failure = failure(work);
    if (failure != null) {
      failures.add(subject.registered().subject() + ": " + failure);
    }
  }

  /** Why one schema is not imported, which keeps no other from being so; null if it is. */
  private static @Nullable String failure(Runnable work) {
    try {
      work.run();
      return null;
    } catch (SchemaNotFoundException | SchemaRefusedException answer) {
      return answer.getMessage();
    } catch (MessagingException failure) {
      if (!failure.code().equals("SP-CONTRACT-021") && !failure.code().equals("SP-SCHEMA-314")) {
        throw failure;
      }
      return failure.getMessage();
    }
  }
}
