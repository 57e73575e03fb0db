/**
 * What every inbox in a JDBC transaction must keep (rules D07, D18), whatever its database: extend
 * {@code InboxContract}, give it a {@code Store}, and run it.
 */
@NullMarked
package io.stagepost.inbox.contract;

import org.jspecify.annotations.NullMarked;
