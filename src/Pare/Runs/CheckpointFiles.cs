namespace Pare.Runs;

/// <summary>
/// The last two checkpoints of a training in a folder. The newest comes to be whole or not at all; the one before it is kept for the case
/// that a disk damages the newest.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="name">What the names begin with, such as <c>checkpoint</c>.</param>
internal sealed class CheckpointFiles(string folder, string name = CheckpointFiles.DefaultName)
{
    /// <summary>What the names begin with in a run's folder.</summary>
    public const string DefaultName = "checkpoint";

    private const string Suffix = ".safetensors", PreviousSuffix = ".previous" + Suffix;

    private bool _isNewestSound;

    /// <summary>The newest.</summary>
    public string Newest => Path.Combine(folder, name + Suffix);

    /// <summary>The one before it.</summary>
    public string Previous => Path.Combine(folder, name + PreviousSuffix);

    /// <summary>Whether there is one, sound or not.</summary>
    public bool Exist => File.Exists(Newest) || File.Exists(Previous);

    /// <summary>Keeps a checkpoint; the newest so far becomes the previous one.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void Write(Checkpoint checkpoint)
    {
        FolderFiles.Guard(folder, () => WholeFile.Write(Newest, checkpoint.Write, replace: true, beforeNaming: () =>
        {
            // One that is damaged does not take the place of a sound one.
            if (_isNewestSound && File.Exists(Newest)) File.Move(Newest, Previous, overwrite: true);
        }));
        _isNewestSound = true;
    }

    /// <summary>Reads the newest that is sound; null where there is none.</summary>
    /// <param name="parameters">Values of the network that it is for.</param>
    /// <param name="note">What one should know of those that are not; null for nothing.</param>
    public Checkpoint? Read(long parameters, out string? note)
    {
        note = null;
        foreach (string path in new[] { Newest, Previous })
        {
            if (!File.Exists(path)) continue;
            try
            {
                var read = Checkpoint.Read(path, parameters);
                _isNewestSound = path == Newest;
                if (note is not null) note += " The one before it is taken.";
                return read;
            }
            catch (DataException error)
            {
                note = note is null ? $"{error.Message} ({path})" : $"{note} Nor can the one before it: {error.Message} ({path})";
            }
        }

        return null;
    }

    /// <summary>Deletes both: the training is at its end.</summary>
    /// <exception cref="RunException">They cannot be deleted.</exception>
    public void Remove() => FolderFiles.Guard(folder, () =>
    {
        File.Delete(Previous);
        File.Delete(Newest);
        Disk.FlushFolder(folder);
    });
}
