@NullMarked
package io.stagepost.outbox.store;

import org.jspecify.annotations.NullMarked;
