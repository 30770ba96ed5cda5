/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.hapibinary.authorization.ClientNetwork;
import org.hapibinary.problem.Problem;

/**
 * Limits the introspections of invalid opaque tokens from one {@link ClientNetwork address}. Valid tokens do not count:
 * many clients may share an address.
 */
final class AddressLimit {

    /** The burst. */
    static final int QUESTIONS = 100;

    /** The rate at which the burst refills. */
    static final int QUESTIONS_PER_SECOND = 2;

    private static final int MAX_ADDRESSES = 100_000;
    private static final int RETRY_AFTER_SECONDS = 1;

    private final Clock clock;
    private final Cache<String, Account> accounts = Caffeine.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterAccess(Duration.ofSeconds(QUESTIONS / QUESTIONS_PER_SECOND))
            .build();

    AddressLimit(Clock clock) {
        this.clock = clock;
    }

    /**
     * Counts an introspection. Call it before the issuer is asked.
     *
     * @param address an IP address as text
     * @throws Problem 429 if too many tokens from this address were invalid
     */
    void take(String address) {
        if (!accountOf(address).take(clock.instant())) {
            throw Problem.throttled(
                    QUESTIONS_PER_SECOND + " unknown tokens a second from one address",
                    "The issuer has been asked about too many tokens from this address that are not good.",
                    RETRY_AFTER_SECONDS);
        }
    }

    /** Undoes {@link #take}: the token is valid, or the issuer has not answered. */
    void giveBack(String address) {
        accountOf(address).giveBack();
    }

    private Account accountOf(String address) {
        return accounts.get(ClientNetwork.of(address), key -> new Account(clock.instant()));
    }

    private static final class Account {

        private double questions = QUESTIONS;
        private Instant since;

        Account(Instant now) {
            since = now;
        }

        synchronized boolean take(Instant now) {
            double seconds = Math.max(0, Duration.between(since, now).toMillis() / 1000.0);
            questions = Math.min(QUESTIONS, questions + seconds * QUESTIONS_PER_SECOND);
            since = now;
            if (questions < 1) {
                return false;
            }
            questions--;
            return true;
        }

        synchronized void giveBack() {
            questions = Math.min(QUESTIONS, questions + 1);
        }
    }
}
