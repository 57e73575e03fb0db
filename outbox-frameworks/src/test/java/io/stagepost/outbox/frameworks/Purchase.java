package io.stagepost.outbox.frameworks;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** An order, as Hibernate keeps it. */
@Entity
class Purchase {
  @Id private String id = "";

  /** For Hibernate. */
  Purchase() {}

  Purchase(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }
}
