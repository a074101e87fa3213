internal import Linux

/// Data that lies elsewhere than in the data folder.
enum MariaDBDataFiles {
    /// The absolute paths in `innodb_data_file_path`, such as `/disk1/ibdata1:10G;/disk2/ibdata2:10G:autoextend`.
    static func paths(inSystemTablespace setting: String) -> [String] {
        setting.split(separator: ";").compactMap { $0.split(separator: ":").first }.map(String.init)
            .filter { $0.hasPrefix("/") }
    }

    /// Where links in the data folder lead: a whole database, the files of one table, or the text files by which InnoDB
    /// finds a table that was created with `DATA DIRECTORY`.
    static func pathsOutside(_ folder: String) -> [String] {
        var found: [String] = []
        for name in Files.names(in: folder) {
            let entry = "\(folder)/\(name)"
            if Files.linkTarget(entry) != nil, let target = Files.resolved(entry) { found.append(target) }
            if name.hasSuffix(".isl"), let target = Files.line(entry) { found.append(target) }
            for file in Files.names(in: entry) {
                let path = "\(entry)/\(file)"
                if file.hasSuffix(".isl"), let target = Files.line(path) { found.append(target) }
                if Files.linkTarget(path) != nil, let target = Files.resolved(path) { found.append(target) }
            }
        }
        return found
    }
}
