/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientListTest {

    private static final List<ClientList.Entry> ENTRIES = List.of(
            new ClientList.Entry("limited", null, Set.of("one", "two")),
            new ClientList.Entry("of-a", "https://a", Set.of("one")),
            new ClientList.Entry("free", null, null));

    private static AskedExport asked(String issuer, String client, @Nullable String exported) {
        Caller caller = new Caller(issuer, client, null, SmartScopes.parse("system/*.rs"));
        if (exported == null) {
            return new AskedExport(caller, Level.SYSTEM, null, Set.of(), null);
        }
        String id = exported.substring(exported.indexOf('/') + 1);
        return exported.startsWith("Group/")
                ? new AskedExport(caller, Level.GROUP, id, Set.of(), "any-tenant")
                : new AskedExport(caller, Level.PATIENT, null, id.isEmpty() ? Set.of() : Set.of(id), null);
    }

    @ParameterizedTest
    @CsvSource({
        "https://a,limited,Group/one,true,true",
        "https://b,limited,Group/two,true,true",
        "https://a,limited,Group/three,false,false",
        "https://a,limited,Group/ONE,false,false",
        "https://a,limited,Patient/one,false,false",
        "https://a,limited,Patient/,false,false",
        "https://a,limited,,false,false",
        "https://a,of-a,Group/one,true,true",
        "https://a,of-a,Group/two,false,false",
        "https://b,of-a,Group/two,true,false",
        "https://a/,of-a,Group/one,true,false",
        "https://a,free,,true,true",
        "https://a,free,Patient/x,true,true",
        "https://a,other,Group/three,true,false",
        "https://a,other,,true,false",
        "https://a,LIMITED,Group/one,true,false"
    })
    void aClientMayExportItsGroupsAndOneThatIsNotListedWhatTheOperatorLets(
            String issuer,
            String client,
            @Nullable String exported,
            boolean allowed,
            boolean allowedIfOthersAreDenied) {
        AskedExport asked = asked(issuer, client, exported);

        assertThat(new ClientList(ENTRIES, true).refusalOf(asked).isEmpty()).isEqualTo(allowed);
        assertThat(new ClientList(ENTRIES, false).refusalOf(asked).isEmpty()).isEqualTo(allowedIfOthersAreDenied);
    }

    @ParameterizedTest
    @CsvSource({
        "https://a,limited,true,true",
        "https://a,of-a,true,true",
        "https://b,of-a,false,true",
        "https://a,free,false,false",
        "https://a,other,false,true"
    })
    void itIsKnownWhoIsLimitedToAPart(String issuer, String client, boolean limited, boolean limitedIfOthersAreDenied) {
        Caller caller = asked(issuer, client, null).caller();

        assertThat(new ClientList(ENTRIES, true).isLimited(caller)).isEqualTo(limited);
        assertThat(new ClientList(ENTRIES, false).isLimited(caller)).isEqualTo(limitedIfOthersAreDenied);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limited: Group one, two", "of-a of https://a: Group one", "free: what its scopes cover"})
    void whatWasReadCanBeLogged(String part) {
        assertThat(new ClientList(ENTRIES, false).toString()).contains(part).endsWith("any other client: nothing");
    }
}
