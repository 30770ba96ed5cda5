/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.ExportedLines;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.server.world.HapiEncoding;
import org.hapibinary.server.world.ReadCounts;
import org.junit.jupiter.api.Test;

/**
 * All of the demo's resources are in files, byte for byte, as HAPI's parser encodes them, whichever way they are read.
 */
public interface DemoPassedThroughContract extends WithExportedGroup {

    @Test
    default void theDemosGroupAndAllOfItsResourcesAreAsHapiEncodesThem() throws Exception {
        RunningServer server = (RunningServer) group().server();
        Map<String, String> encoded = new HapiEncoding(server).ofAllResources();
        long withAttachment = encoded.values().stream()
                .filter(resource -> resource.contains("/Binary/") || resource.contains("\"_url\":{\"extension\""))
                .count();

        ExportClient owner = group().owner(ExportedGroup.ALL_TYPES);
        ReadCounts before = ReadCounts.of(server);
        Map<String, String> ofAll = ExportedLines.by(owner, "/$export");
        ReadCounts ofTheSystem = ReadCounts.of(server).since(before);
        Map<String, String> ofGroup = ExportedLines.by(owner, "/Group/example-group/$export");

        ExportedLines.assertSame(ofAll, encoded);
        assertThat(withAttachment).isGreaterThan(100);
        assertThat(ofTheSystem).isEqualTo(new ReadCounts(encoded.size() - withAttachment, withAttachment, 0));
        Map<String, String> encodedOfGroup = new TreeMap<>(encoded);
        encodedOfGroup.keySet().retainAll(ofGroup.keySet());
        assertThat(ofGroup).hasSizeGreaterThan(encoded.size() / 2);
        ExportedLines.assertSame(ofGroup, encodedOfGroup);
    }

    @Test
    default void atThePatientLevelTheyAreWhatTheyAreInTheGroup() throws Exception {
        ExportClient owner = group().owner(ExportedGroup.ALL_TYPES);
        Map<String, String> ofGroup = ExportedLines.by(owner, "/Group/example-group/$export");
        ofGroup.keySet().removeIf(name -> name.startsWith("Group/"));

        Map<String, String> ofAllPatients = ExportedLines.by(owner, "/Patient/$export");
        ofAllPatients.keySet().retainAll(ofGroup.keySet());
        ExportedLines.assertSame(ofAllPatients, ofGroup);
        Map<String, String> ofEachPatient = new TreeMap<>();
        for (String name : ofGroup.keySet()) {
            if (name.startsWith("Patient/")) {
                ofEachPatient.putAll(ExportedLines.by(group().owner(ExportedGroup.ALL_TYPES), "/" + name + "/$export"));
            }
        }
        ExportedLines.assertSame(ofEachPatient, ofGroup);
    }
}
