/** The transactional outbox and its relay. */
@NullMarked
package io.stagepost.outbox;

import org.jspecify.annotations.NullMarked;
