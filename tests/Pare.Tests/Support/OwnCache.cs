using System.Runtime.CompilerServices;

namespace Pare.Tests.Support;

/// <summary>Gives the tests a cache of their own, so that none ever writes to that of whoever runs them.</summary>
internal static class OwnCache
{
    [ModuleInitializer]
    internal static void Begin()
    {
        string folder = Directory.CreateTempSubdirectory("pare-cache-").FullName;
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
