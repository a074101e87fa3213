/// The commands; `root` is `remanso` itself.
public enum CommandName: String, Sendable, CaseIterable {
    case root = "remanso"
    case check
    case backup
    case list
    case show
    case restore
    case mount
    case unmount
    case verify
    case drill
    case prune
    case thaw
    case track
    case explain
    case initialize = "init"

    /// Commands that show how it is used, the same in every language.
    public var example: [String] {
        switch self {
        case .root: ["remanso init", "remanso check", "remanso backup", "remanso restore latest --to /srv/restored"]
        case .check: ["remanso check --volume /srv/db --vault /backup/vault"]
        case .backup:
            [
                "remanso backup --volume /srv/db --vault /backup/vault",
                "remanso backup --rehearse",
                "remanso backup --require application --json",
            ]
        case .list: ["remanso list --vault /backup/vault"]
        case .show: ["remanso show latest", "remanso show 20261121T101500Z-7f3a --html report.html"]
        case .restore:
            [
                "remanso restore latest --to /srv/restored --path /srv/db/orders",
                "remanso restore latest --volume /srv/db --to-image /srv/db.img",
                "remanso restore latest --volume /srv/db --to-device /dev/sdb1 --overwrite --changed-only",
            ]
        case .mount: ["remanso mount latest /mnt --volume /srv/db"]
        case .unmount: ["remanso unmount /mnt"]
        case .verify: ["remanso verify latest"]
        case .drill: ["remanso drill latest", "remanso drill --all-unproven"]
        case .prune: ["remanso prune"]
        case .thaw: ["remanso thaw"]
        case .track: ["remanso track enable /srv/db", "remanso track status /srv/db --json"]
        case .explain: ["remanso explain Pre-ScriptTimeout", "remanso explain 308"]
        case .initialize: ["remanso init", "remanso init --from-azure"]
        }
    }
}

/// The options and arguments of every command; raw values as they are typed.
public enum OptionName: String, Sendable, CaseIterable {
    case config = "--config"
    case scriptConfig = "--script-config"
    case volume = "--volume"
    case vault = "--vault"
    case vaultPasswordFile = "--vault-password-file"
    case require = "--require"
    case provider = "--provider"
    case json = "--json"
    case lang = "--lang"
    case verbose = "--verbose"
    case rehearse = "--rehearse"
    case dryRun = "--dry-run"
    case html = "--html"
    case to = "--to"
    case toImage = "--to-image"
    case toDevice = "--to-device"
    case changedOnly = "--changed-only"
    case path = "--path"
    case overwrite = "--overwrite"
    case fromAzure = "--from-azure"
    case workloadConfig = "--workload-config"
    case help = "--help"
    case version = "--version"
    case id = "ID"
    case code = "CODE"
    case folder = "DIR"
    /// For Remanso's own use: the process that stays while something is mounted.
    case keep = "--keep"
    case scratch = "--scratch"
    case allUnproven = "--all-unproven"
    /// For Remanso's own use: the process inside the room of a drill.
    case insideRoom = "--inside-room"
    case action = "enable|disable|status"
    case mountPoint = "VOLUME"

    /// The word that stands for the value in a usage line, such as `FILE`; `nil` for a switch. For an argument it is
    /// the argument's own name.
    public func placeholder(in language: Language) -> String? {
        switch (self, language) {
        case (.config, .en), (.scriptConfig, .en), (.vaultPasswordFile, .en): "FILE"
        case (.config, .es), (.scriptConfig, .es), (.vaultPasswordFile, .es): "ARCHIVO"
        case (.volume, .en): "MOUNT"
        case (.volume, .es): "MONTAJE"
        case (.vault, .en): "REPOSITORY"
        case (.vault, .es): "REPOSITORIO"
        case (.require, _): "application|filesystem|crash"
        case (.provider, .en): "NAME"
        case (.provider, .es): "NOMBRE"
        case (.lang, _): "en|es"
        case (.html, .en): "FILE"
        case (.html, .es): "ARCHIVO"
        case (.toImage, .en), (.workloadConfig, .en): "FILE"
        case (.toImage, .es), (.workloadConfig, .es): "ARCHIVO"
        case (.toDevice, .en): "DEVICE"
        case (.toDevice, .es): "DISPOSITIVO"
        case (.to, .en): "DIR"
        case (.to, .es): "CARPETA"
        case (.path, .en): "PATH"
        case (.path, .es): "RUTA"
        case (.scratch, .en): "DIR"
        case (.scratch, .es): "CARPETA"
        case (.id, _): "ID"
        case (.folder, .en): "DIR"
        case (.folder, .es): "CARPETA"
        case (.action, _): "enable|disable|status"
        case (.mountPoint, .en): "VOLUME"
        case (.mountPoint, .es): "VOLUMEN"
        case (.code, .en): "CODE"
        case (.code, .es): "CÓDIGO"
        case (.json, _), (.verbose, _), (.rehearse, _), (.dryRun, _), (.overwrite, _), (.changedOnly, _),
            (.help, _), (.version, _), (.keep, _), (.allUnproven, _), (.insideRoom, _), (.fromAzure, _):
            nil
        }
    }
}

extension Language {
    /// What stands between whole and fraction: `9.8 ms`, `9,8 ms`.
    public var decimalSeparator: String {
        switch self {
        case .en: "."
        case .es: ","
        }
    }
}
