namespace Pare.Data;

/// <summary>What an entry of a folder or archive is.</summary>
internal enum EntryKind
{
    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A link within an archive, or one that leads nowhere.</summary>
    Link,

    /// <summary>A link to a folder that it lies in: followed, it would never end.</summary>
    Ring,

    /// <summary>A pipe, a socket or a device: opening it could wait for ever.</summary>
    Special,
}
