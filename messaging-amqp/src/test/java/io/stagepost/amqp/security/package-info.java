/** The transport against a broker that wants to know who comes, and says no. */
@NullMarked
package io.stagepost.amqp.security;

import org.jspecify.annotations.NullMarked;
